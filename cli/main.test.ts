import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commands } from './commands/index.ts'
import { commonFlags, type Flag } from './flags.ts'
import { eventsOf, run } from './testing/run.ts'

function folderWith(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

const shop = ['--cwd', 'examples/quickstart']

const good = {
  'compozy.yaml': 'name: x\nworkflows: [{ source: ./flow.yaml }]\n',
  'flow.yaml': 'id: flow\ntasks: [{ id: one, type: aggregate, outputs: { a: 1 } }]\n',
}

describe('the command line', () => {
  it('Should list every command in its help and exit 0', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
    expect(stdout).toContain('Exit codes: 0 clean, 1 failed at run time, 2 bad input.')
    expect((await run(['help'])).stdout).toBe(stdout)
  })

  it('Should show help and exit 2 where no command is given', async () => {
    expect(await run([])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('Usage: compozy COMMAND'),
    })
  })

  it.each(commands.map(({ name }) => name))(
    'Should teach %s: usage, every flag, examples',
    async (name) => {
      const command = await commands.find((each) => each.name === name)!.load()
      const { code, stdout } = await run([name, '--help'])
      expect(code).toBe(0)
      for (const [flag, { hidden }] of Object.entries<Flag>({ ...command.flags, ...commonFlags })) {
        const shown = new RegExp(`^  --${flag}\\b`, 'm').test(stdout)
        expect([flag, shown]).toEqual([flag, hidden !== true])
      }
      expect(stdout).toContain(`\n  compozy ${name}`)
      expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([])
      for (const asked of [
        ['help', name],
        [name, '-h'],
        [name, '--help', '--json'],
        [name, '--no', '--help'],
      ])
        expect((await run(asked)).stdout).toBe(stdout)
    },
  )

  it('Should tell version, commit and Node', async () => {
    expect((await run(['--version'])).stdout).toMatch(
      /^compozy \d+\.\d+\.\d+ \(commit \w+, node \d+/,
    )
  })

  it('Should tell them to programs as an object', async () => {
    const { code, stdout } = await run(['--version', '--json'])
    expect([code, ...eventsOf(stdout)]).toEqual([
      0,
      {
        event: 'version',
        version: expect.any(String),
        commit: expect.any(String),
        node: process.versions.node,
      },
    ])
  })

  it.each([
    [
      'a flag before the command',
      ['--cwd', 'x', 'dev'],
      '--cwd is before the command; put flags after it',
    ],
    [
      'help about an unknown command',
      ['help', 'rnu'],
      'unknown command "rnu"; did you mean "run"?',
    ],
    ['an unknown command that nothing is near to', ['zebra'], 'error: unknown command "zebra"\n'],
    ['an unknown command', ['vaildate'], 'unknown command "vaildate"; did you mean "validate"?'],
    ['an unknown flag', ['dev', '--prot', '1'], 'unknown flag --prot; did you mean "--port"?'],
    ['a flag without its value', ['dev', '--port'], 'flag --port needs a value'],
    [
      'a flag that eats the next one',
      ['dev', '--port', '--host', 'x'],
      'flag --port needs a value',
    ],
    ['a value for a switch', ['dev', '--json=1'], 'flag --json takes no value'],
    ['a surplus argument', ['dev', 'order'], 'unexpected argument "order"; dev takes no argument'],
    [
      'no workflow to run',
      ['run'],
      'the workflow is missing; use: compozy run WORKFLOW --input JSON',
    ],
    [
      'a workflow that is missing',
      ['run', 'ordr', ...shop],
      'no workflow "ordr"; did you mean "order"?',
    ],
    [
      'input that does not fit',
      ['run', 'order', ...shop, '--input', '[]'],
      '(whole input): must be object',
    ],
    [
      'a token file that is missing',
      ['run', 'order', '--token-file', 'none'],
      '--token-file none: the file',
    ],
    [
      'a token file with more than a token',
      ['run', 'order', '--token-file', 'README.md'],
      'it must hold one token',
    ],
    [
      'a server of another kind',
      ['run', 'order', '--server', 'ftp://x'],
      'it must be a URL such as http://',
    ],
    [
      'input that a double would alter',
      ['run', 'order', '--input', '{"items": [{"id": 9007199254740993}]}'],
      '--input at /items/0/id: the number 9007199254740993 is too large to be exact',
    ],
    [
      'input with a key twice',
      ['run', 'order', '--input', '{"a": 1, "a": 2}'],
      '--input at /a: the key "a" is given twice',
    ],
    ['input that is not JSON', ['run', 'order', '--input', '{'], '--input is not JSON'],
    [
      'an input file that is missing',
      ['run', 'order', '--input', '@none.json'],
      '--input @none.json: the file cannot be read',
    ],
    [
      'a server that is no URL',
      ['run', 'order', '--server', 'here'],
      '--server "here"; it must be a URL',
    ],
    ['a folder without a project', ['validate', '--cwd', 'docs'], 'there is no compozy.yaml here'],
    [
      'a folder above projects',
      ['dev', '--cwd', 'examples'],
      'use --cwd to name the folder of a project: examples/',
    ],
    ['a folder that is missing', ['run', 'order', '--cwd', 'none'], 'the folder does not exist'],
    ['a setting', ['dev', ...shop, '--port', 'x'], 'error: flag --port="x"; it must be a port'],
  ])('Should refuse %s with exit code 2 and no stack', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it.each<[string, string[], Record<string, string>, boolean]>([
    ['--log-level debug', ['--log-level', 'debug'], {}, true],
    ['--log-level=debug', ['--log-level=debug'], {}, true],
    ['COMPOZY_LOG_LEVEL=debug', [], { COMPOZY_LOG_LEVEL: 'debug' }, true],
    [
      'a flag that is stronger than the variable',
      ['--log-level', 'info'],
      { COMPOZY_LOG_LEVEL: 'debug' },
      false,
    ],
    ['neither', [], {}, false],
  ])(
    'Should show the stack of an error only where it is asked for: %s',
    async (_, flags, env, shown) => {
      const { stderr } = await run(['run', 'order', '--input', '{', ...flags], { env })
      expect(/\n\s+at /.test(stderr)).toBe(shown)
    },
  )

  it('Should call being stopped while it starts no error, but a run that never began no success', async () => {
    const signal = AbortSignal.abort('SIGTERM')
    const cwd = folderWith(good)
    expect(await run(['dev'], { signal, cwd })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'dev: stopped before it was ready\n',
    })
    expect(await run(['run', 'flow'], { signal, cwd })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'run: stopped before it was done\n',
    })
  })

  it.each([
    ['events', 'publish', 'order.created'],
    ['runs', 'list'],
    ['runs', 'rerun', 'order-1'],
    ['schedules', 'trigger', 'nightly'],
    ['metrics', 'check', 'http://127.0.0.1:1/metrics'],
  ])('Should not end as if it had succeeded when it is stopped: %s %s', async (...argv) => {
    const server = ['--server', 'http://127.0.0.1:1']
    const signal = AbortSignal.abort('SIGTERM')
    const { code, stderr } = await run([...argv, ...(argv[0] === 'metrics' ? [] : server)], {
      signal,
    })
    expect([code, stderr]).toEqual([1, `${argv[0]}: stopped before it was done\n`])
  })

  it('Should find nothing wrong with a good project', async () => {
    const cwd = folderWith(good)
    expect(await run(['validate'], { cwd })).toEqual({
      code: 0,
      stdout: 'x: 1 workflow (flow), 0 tools; all good\n',
      stderr: '',
    })
  })

  it('Should list only the first workflows of a large project', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => `w${String(i).padStart(3, '0')}`)
    const flows = ids.map((id) => [`${id}.flow.yaml`, good['flow.yaml'].replace('flow', id)])
    const cwd = folderWith({
      'compozy.yaml': 'name: x\nworkflows: [{ source: ./*.flow.yaml }]\n',
      ...Object.fromEntries(flows),
    })
    const { code, stdout } = await run(['validate'], { cwd })
    const shown = `${ids.slice(0, 10).join(', ')} and 490 more`
    expect([code, stdout]).toEqual([0, `x: 500 workflows (${shown}), 0 tools; all good\n`])
  })

  it('Should show what is wrong with a bad one, for people and for programs', async () => {
    const cwd = folderWith({
      ...good,
      'flow.yaml': 'id: flow\ntasks: [{ id: one, type: agregate }]\n',
    })
    const people = await run(['validate'], { cwd })
    expect(people.code).toBe(2)
    expect(people.stderr).toMatch(/^flow\.yaml:2:26: error: /)
    const programs = await run(['validate', '--json'], { cwd })
    const events = eventsOf(programs.stdout)
    expect(events[0]).toMatchObject({
      event: 'diagnostic',
      severity: 'error',
      file: 'flow.yaml',
      line: 2,
    })
    expect(events.at(-1)).toEqual({ event: 'validated', ok: false })
  })

  it('Should show what is wrong in files, flags and variables at once', async () => {
    const cwd = folderWith({
      'compozy.yaml': good['compozy.yaml'] + 'server: { prot: 1 }\n',
      'flow.yaml': 'id: flow\ntask: []\n',
    })
    const options = { cwd, env: { MONITORING_ENABLED: 'yes' } }
    const { code, stderr } = await run(['validate', '--log-level', 'loud'], options)
    expect(code).toBe(2)
    expect(stderr.split('\n').filter((line) => /(^|: )error: |^\d/.test(line))).toEqual([
      'error: variable MONITORING_ENABLED="yes"; it must be true or false',
      'error: flag --log-level="loud"; it must be one of debug, info, warn, error, silent',
      'compozy.yaml:3:11: error: unknown key "prot" in server; did you mean "port"?',
      'flow.yaml:2:1: error: unknown key "task" in a workflow file; did you mean "tasks"?',
      '2 errors in 2 files',
    ])
    const events = eventsOf((await run(['validate', '--json'], options)).stdout)
    expect(events[0]).toEqual({
      event: 'diagnostic',
      severity: 'error',
      message: 'variable MONITORING_ENABLED="yes"; it must be true or false',
    })
    expect(events.map(({ event }) => event)).toEqual([
      ...Array<string>(3).fill('diagnostic'),
      'validated',
    ])
  })

  it('Should show warnings and still find nothing wrong', async () => {
    const { code, stdout, stderr } = await run(['validate'], {
      cwd: folderWith({ 'compozy.yaml': 'name: x\n' }),
    })
    expect([code, stdout]).toEqual([0, 'x: 0 workflows, 0 tools; all good\n'])
    expect(stderr).toContain('compozy.yaml:1:1: warning: the project has no workflows')
  })
})
