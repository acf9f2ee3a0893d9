import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commands } from './commands/index.ts'
import { main } from './main.ts'

const root = resolve(import.meta.dirname, '..')

/** Runs a command line in this process. */
async function run(argv: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  let stdout = ''
  let stderr = ''
  const code = await main({
    argv,
    env: options.env ?? {},
    cwd: options.cwd ?? root,
    streams: {
      stdout: { isTTY: false, write: (text) => ((stdout += String(text)), true) },
      stderr: { isTTY: false, write: (text) => ((stderr += String(text)), true) },
    },
    signal: new AbortController().signal,
  })
  return { code, stdout, stderr }
}

function folderWith(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

const good = {
  'compozy.yaml': 'name: x\nworkflows: [{ source: ./flow.yaml }]\n',
  'flow.yaml': 'id: flow\ntasks: [{ id: one, type: aggregate, outputs: { a: 1 } }]\n',
}

describe('the command line', () => {
  it('Should list every command in its help and exit 0', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    for (const { name } of commands) expect(stdout).toContain(`  ${name}`)
  })

  it('Should show help and exit 2 where no command is given', async () => {
    expect(await run([])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('Usage: compozy COMMAND'),
    })
  })

  it.each(commands.map(({ name }) => name))('Should teach %s: usage, every flag, examples', async (name) => {
    const command = commands.find((each) => each.name === name)!
    const { code, stdout } = await run([name, '--help'])
    expect(code).toBe(0)
    for (const flag of Object.keys(command.flags)) expect(stdout).toContain(`--${flag}`)
    expect(stdout).toContain(`  compozy ${name}`)
  })

  it('Should tell version, commit and Node', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^compozy \d+\.\d+\.\d+ \(commit \w+, node \d+/)
  })

  it.each([
    ['an unknown command', ['vaildate'], 'unknown command "vaildate"; did you mean "validate"?'],
    ['an unknown flag', ['dev', '--prot', '1'], 'unknown flag --prot; did you mean "--port"?'],
    ['a flag without its value', ['dev', '--port'], 'flag --port needs a value'],
    ['a flag that eats the next one', ['dev', '--port', '--host', 'x'], 'flag --port needs a value'],
    ['a value for a switch', ['dev', '--json=1'], 'flag --json takes no value'],
    ['a surplus argument', ['dev', 'order'], 'unexpected argument "order"; dev takes no argument'],
    ['no workflow to run', ['run'], 'which workflow?'],
    ['input that is not JSON', ['run', 'order', '--input', '{'], '--input is not JSON'],
    [
      'an input file that is not there',
      ['run', 'order', '--input', '@none.json'],
      "--input @none.json: the file can't be read",
    ],
    ['a server that is no URL', ['run', 'order', '--server', 'here'], '--server "here"; it must be a URL'],
    ['a folder without a project', ['validate', '--cwd', 'docs'], 'there is no compozy.yaml here'],
  ])('Should refuse %s with exit code 2 and no stack', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('Should show the stack of an error with --log-level debug', async () => {
    expect((await run(['run', 'order', '--input', '{', '--log-level', 'debug'])).stderr).toMatch(/\n\s+at /)
  })

  it('Should find nothing wrong with a good project', async () => {
    const cwd = folderWith(good)
    expect(await run(['validate'], { cwd })).toEqual({
      code: 0,
      stdout: 'x: 1 workflows (flow), 0 tools; all good\n',
      stderr: '',
    })
  })

  it('Should show what is wrong with a bad one, for people and for programs', async () => {
    const cwd = folderWith({ ...good, 'flow.yaml': 'id: flow\ntasks: [{ id: one, type: agregate }]\n' })
    const people = await run(['validate'], { cwd })
    expect(people.code).toBe(2)
    expect(people.stderr).toMatch(/^flow\.yaml:2:26: error: /)
    const programs = await run(['validate', '--json'], { cwd })
    const events = programs.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; ok?: boolean })
    expect(events[0]).toMatchObject({ event: 'diagnostic', severity: 'error', file: 'flow.yaml', line: 2 })
    expect(events.at(-1)).toEqual({ event: 'validated', ok: false })
  })

  it('Should refuse configuration in validate too', async () => {
    const { code, stderr } = await run(['validate'], {
      cwd: folderWith(good),
      env: { MONITORING_ENABLED: 'yes' },
    })
    expect([code, stderr]).toEqual([
      2,
      'error: variable MONITORING_ENABLED="yes"; it must be true or false\n',
    ])
  })
})
