import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/**
 * Writes the declarations of the library, with maps, to a folder such as `dist`, and returns their
 * paths in it.
 */
export function emitDeclarations(outDir: string): string[] {
  const compiler = resolve(root, 'node_modules/typescript/bin/tsc')
  const args = [compiler, '-p', 'tsconfig.types.json', '--outDir', outDir]
  execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
  const declarations = files.filter((name) => name.endsWith('.d.ts'))
  for (const file of declarations) {
    const path = join(outDir, file)
    // A consumer's compiler looks for the JavaScript beside it.
    const text = readFileSync(path, 'utf8').replaceAll(
      /(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g,
      '$1.js$2',
    )
    writeFileSync(path, text)
  }
  return declarations
}
