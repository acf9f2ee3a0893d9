import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { checkProject } from './session.ts'

const deno = vi.hoisted(() => ({ signals: [] as AbortSignal[] }))

/** Reads on until it is stopped, as Deno does with an endless file. */
vi.mock('../engine/tool/deno/read-modules.ts', () => ({
  readModules: ({ signal }: { readonly signal: AbortSignal }) => {
    deno.signals.push(signal)
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  },
}))

it('Should stop reading the tools of a project that is unsound, and wait for nothing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-session-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'tool.ts'), 'export default () => 1\n')
  writeFileSync(join(dir, 'a.yaml'), 'id: a\ntasks: [{id: t, tool: none}]\n')
  writeFileSync(
    join(dir, 'compozy.yaml'),
    'name: shop\nworkflows: [{source: ./a.yaml}]\ntools: [{id: tool, execute: ./tool.ts}]\n',
  )
  const flags = { values: {}, switches: new Set<string>(), positionals: [] }
  const { sound, diagnostics } = await checkProject({ flags, env: {}, cwd: dir })
  expect(sound).toBeUndefined()
  expect(diagnostics).toHaveLength(1)
  expect(deno.signals.map(({ aborted }) => aborted)).toEqual([true])
})
