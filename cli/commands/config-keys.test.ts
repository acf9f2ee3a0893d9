import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listSettings } from '../../engine/config/config.ts'
import { run } from '../testing/run.ts'

/** The first key of each section, and of each mapping in one; config/ tests them all. */
const keys = [
  ...new Map(
    listSettings()
      .flatMap(({ setting }) => setting.yaml ?? [])
      .map((key) => [key.slice(0, key.lastIndexOf('.')), key]),
  ).values(),
]

describe('a misspelled key of compozy.yaml', () => {
  let cwd: string
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'compozy-keys-'))
    mkdirSync(join(cwd, 'workflows'))
    writeFileSync(
      join(cwd, 'workflows/flow.yaml'),
      'id: flow\ntasks: [{ id: a, type: aggregate, outputs: 1 }]\n',
    )
  })
  afterAll(() => rmSync(cwd, { recursive: true }))

  /** Writes a project whose last lines are the key, in block style. */
  function write(key: string, value: string): { readonly line: number; readonly column: number } {
    const steps = key.split('.')
    const lines = steps.map((step, depth) => `${'  '.repeat(depth)}${step}:`)
    const begin = 'name: x\nworkflows: [{ source: workflows/*.yaml }]\n'
    writeFileSync(join(cwd, 'compozy.yaml'), `${begin}${lines.join('\n')} ${value}\n`)
    return { line: 2 + steps.length, column: 2 * steps.length - 1 }
  }

  it.each(keys)('Should be named with its place and the right key: %s', async (key) => {
    const word = key.split('.').at(-1)!
    const section = key.slice(0, key.lastIndexOf('.'))
    const { line, column } = write(`${key}x`, '1')
    const { code, stderr } = await run(['validate'], { cwd })
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      `compozy.yaml:${line}:${column}: error: unknown key "${word}x" in ${section}; did you mean "${word}"?`,
    ])
    write(key, '')
    expect(await run(['validate'], { cwd })).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    'server',
    'temporal',
    'worker',
    'monitoring',
    'logs',
    'runtime',
    'workflows',
    'tools',
    'schemas',
    'env',
  ])('Should be named where it is a whole section: %s', async (section) => {
    write(`${section.slice(0, -1)}x`, '{}')
    const { code, stderr } = await run(['validate'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(
      new RegExp(
        `^compozy\\.yaml:3:1: error: unknown key ".+" in compozy.yaml; did you mean "${section}"\\?`,
      ),
    )
    write(section, '5')
    const wrong = await run(['validate'], { cwd })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(new RegExp(`compozy\\.yaml:3:\\d+: error: `))
  })

  it.each(['dev', 'start', 'worker', 'run'])(
    'Should stop %s before it starts anything',
    async (command) => {
      const { line, column } = write('server.prot', '1')
      const args = command === 'run' ? ['run', 'flow'] : [command]
      const { code, stdout, stderr } = await run(args, { cwd })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(
        `compozy.yaml:${line}:${column}: error: unknown key "prot" in server; did you mean "port"?`,
      )
    },
  )
})
