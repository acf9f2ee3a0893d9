import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadLate } from './load-late.ts'

/** Bundles a main module with a library that prints when it is evaluated. */
async function bundled(library: string, main: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-late-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  writeFileSync(join(dir, 'library.js'), `console.log('library')\n${library}`)
  writeFileSync(join(dir, 'main.js'), `import * as library from './library.js'\n${main}`)
  await build({
    entryPoints: [join(dir, 'main.js')],
    outdir: join(dir, 'out'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
    },
    plugins: [loadLate(join(dir, 'library.js'), join(dir, 'out/late.cjs'))],
  })
  return join(dir, 'out/main.js')
}

const run = (file: string): string => execFileSync(process.execPath, [file], { encoding: 'utf8' })

const sum = 'export const sum = (a, b) => a + b\nexport function twice(a) { return 2 * a }\n'

describe('a module that loads late', () => {
  it('Should be evaluated once, at the first call', async () => {
    const main = await bundled(
      sum,
      "console.log('main'); console.log(library.sum(1, 2), library.twice(4))",
    )
    expect(run(main)).toBe('main\nlibrary\n3 8\n')
    expect(readFileSync(main, 'utf8')).not.toContain('a + b')
  })

  it('Should not be evaluated without a call', async () => {
    expect(run(await bundled(sum, "console.log('main', typeof library.sum)"))).toBe(
      'main function\n',
    )
  })

  it.each([
    ['a number', 'export const limit = 3'],
    ['a class', 'export class limit {}'],
  ])('Should be refused if it exports %s', async (_, library) => {
    await expect(bundled(library, 'library.limit')).rejects.toThrow(
      'library.js exports limit: what loads late exports functions only',
    )
  })
})
