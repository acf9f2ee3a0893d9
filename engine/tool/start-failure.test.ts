import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findDeno } from './deno/binary.ts'
import { toolLimits } from './limits.ts'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

let folder: string
let deno: string
let project: ToolProject
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'compozy-start-'))
  deno = path.join(folder, 'deno')
  useDeno('')
  project = createToolProject({ deno })
})
afterEach(async () => {
  await project.remove()
  rmSync(folder, { recursive: true })
})

/** Makes the tools run in Deno after a shell has run these commands. */
function useDeno(before: string): void {
  writeFileSync(deno, `#!/bin/sh\n${before}\nexec '${findDeno()}' "$@"\n`)
  chmodSync(deno, 0o755)
}

const listingFails = 'if [ "$1" = info ]; then exit 1; fi'
const importing = `import { price } from '../lib/price.ts'; export default () => price`

describe('a tool whose imports Deno cannot list', () => {
  beforeEach(() => {
    project.write('lib/price.ts', 'export const price = 7')
    project.write('tools/importing.ts', importing)
    useDeno(listingFails)
  })

  it('Should crash where it imports a file, and work once Deno lists it', async () => {
    const message = 'tool "tool": Deno could not list its imports, so it may import nothing now'
    expect(await project.call('tools/importing.ts')).toEqual({
      ok: false,
      error: expect.objectContaining({ type: 'ToolCrashed', message }),
    })
    expect(project.observed).toMatchObject([{ outcome: 'crashed' }])
    useDeno('')
    await vi.waitFor(
      async () => expect(await project.call('tools/importing.ts')).toEqual({ ok: true, output: 7 }),
      { timeout: 15_000 },
    )
  })

  it('Should keep its process where it works, and lose it where an import fails', async () => {
    const file = 'tools/late.ts'
    project.write(
      file,
      `let calls = 0; export default async (f) => { calls++; if (f !== null) await import(f); return calls }`,
    )
    const call = (input: string | null) => project.call(file, { input })
    expect([await call(null), await call(null)]).toMatchObject([{ output: 1 }, { output: 2 }])
    expect(await call('../lib/price.ts')).toMatchObject({ error: { type: 'ToolCrashed' } })
    expect(await call(null)).toMatchObject({ output: 1 })
  })

  it('Should be denied other files all the same', async () => {
    const code = `export default () => Deno.readTextFileSync('lib/price.ts')`
    expect(await project.call(code)).toMatchObject({ error: { type: 'ToolDenied' } })
  })
})

describe('a tool for which Deno does not start', () => {
  const code = 'export default () => 1'
  const starts = { type: 'ToolCrashed', message: expect.stringContaining('Deno does not start') }

  it('Should be left to another worker until its last delivery, which names the cause', async () => {
    rmSync(deno)
    await expect(project.call(code)).rejects.toMatchObject({ code: 'binary_unavailable' })
    const { deliveries } = toolLimits
    const last = await project.call(code, { delivery: deliveries })
    expect(last).toEqual({ ok: false, error: starts })
    expect(last).toMatchObject({ error: { message: expect.stringContaining('ENOENT') } })
    expect(last).not.toMatchObject({ error: { message: expect.stringContaining('stopped') } })
    expect(project.observed.map(({ outcome }) => outcome)).toEqual(['aborted', 'crashed'])
  })

  it('Should say that it imports too many files', async () => {
    const name = (n: number) => `${n}-${'x'.repeat(200)}.ts`
    for (let n = 0; n < 800; n++) project.write(`tools/${name(n)}`, 'export default 1')
    const imports = Array.from({ length: 800 }, (_, n) => `import './${name(n)}'`)
    expect(await project.call(`${imports.join('\n')}\n${code}`)).toMatchObject({
      error: {
        type: 'ToolCrashed',
        message:
          'tool "tool": the list of the files that it imports is too long to start Deno; import fewer files, for example a bundle of them',
      },
    })
    expect(await project.call(code)).toEqual({ ok: true, output: 1 })
  })
})
