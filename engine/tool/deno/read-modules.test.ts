import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readModules } from './read-modules.ts'

function project(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-modules-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

it('Should read the modules of tools, and the files that they import', async () => {
  const dir = project({
    'tool.ts': "export { run } from './lib.ts'\n",
    'lib.ts': 'export const run = (\n',
    'other.ts': 'export const = 1\n',
  })
  const [tool, lib] = [join(dir, 'tool.ts'), join(dir, 'lib.ts')]
  const reading = await readModules({ files: [tool], projectDir: dir, nodeModules: false })
  expect(reading).toMatchObject({
    files: new Map([
      [tool, tool],
      [lib, tool],
    ]),
    missing: [],
    failures: new Map([[lib, expect.objectContaining({ reason: 'Expression expected' })]]),
  })
})

it('Should stop when it is aborted', async () => {
  const dir = project({ 'tool.ts': 'export const run = () => 1\n' })
  const files = [join(dir, 'tool.ts')]
  const input = { files, projectDir: dir, nodeModules: false }
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(readModules({ ...input, signal: aborted })).rejects.toThrow('enough')
  const stop = new AbortController()
  const reading = readModules({ ...input, signal: stop.signal })
  stop.abort(new Error('later'))
  await expect(reading).rejects.toThrow('later')
})
