import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { formatDiagnostic } from '../engine/core/source.ts'
import { expect, it, onTestFinished } from 'vitest'
import { checkProject } from './session.ts'

it('Should find files that compozy.yaml names beside it, and those of variables from the shell', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-session-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'compozy.yaml'), 'name: shop\nmonitoring: { token_file: ./keys/token }\n')
  const from = async (env: Record<string, string>) => {
    const flags = { values: { cwd: basename(dir) }, switches: new Set<string>(), positionals: [] }
    const { sound } = await checkProject({ flags, env, cwd: dirname(dir) })
    return sound!.config.monitoring.tokenFile
  }
  expect(await from({})).toBe(join(dir, 'keys/token'))
  expect(await from({ MONITORING_TOKEN_FILE: 'token' })).toBe(join(dirname(dir), 'token'))
})

it('Should point at the tools whose module does not have what they name', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-session-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  const check = async () => {
    const flags = { values: { cwd: basename(dir) }, switches: new Set<string>(), positionals: [] }
    return checkProject({ flags, env: {}, cwd: dirname(dir) })
  }
  write(
    'compozy.yaml',
    'name: shop\nworkflows: [{source: ./flows/a.yaml}]\ntools: [{id: price, execute: ./tools/price.ts}]\n',
  )
  write(
    'flows/a.yaml',
    'id: a\ntools: [{id: sum, execute: ./tools/price.ts#total}]\ntasks: [{id: t, tool: sum}]\n',
  )
  write('tools/price.ts', "import { tax } from './tax.ts'\nexport const sum = () => tax\n")

  const { diagnostics, sound } = await check()
  expect(sound).toBeUndefined()
  const found = diagnostics.map(formatDiagnostic)
  const folder = basename(dir)
  expect(found).toEqual([
    expect.stringMatching(
      new RegExp(`^${join(folder, 'tools', 'price.ts')}:1:21: error: .*tax.ts`),
    ),
    expect.stringMatching(
      new RegExp(`^${join(folder, 'compozy.yaml')}:3:30: error: .*price.ts has`),
    ),
    [
      `${join(folder, 'flows', 'a.yaml')}:2:28: error: price.ts has no export "total"`,
      '  2 | tools: [{id: sum, execute: ./tools/price.ts#total}]',
      '    |                            ^^^^^^^^^^^^^^^^^^^^^^',
      '  it exports sum',
    ].join('\n'),
  ])

  write('tools/tax.ts', 'export const tax = 1\n')
  write(
    'tools/price.ts',
    "import { tax } from './tax.ts'\nexport default () => tax\nexport const total = () => 1\n",
  )
  expect((await check()).sound).toBeDefined()

  write('tools/tax.ts', 'export const tax = (\n')
  write('flows/a.yaml', 'id: a\ntasks: [{id: t, tool: none}]\n')
  // What a tool imports is told of in a project that is sound otherwise.
  expect((await check()).diagnostics.map(({ message }) => message)).toEqual([
    expect.stringContaining('none'),
  ])
})
