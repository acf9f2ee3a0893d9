/**
 * `npm run build:library`: assembles `@compozy/monitoring` in dist/library from the built files:
 * the same library as `compozy/monitoring`, without the engine and what only the engine needs.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { emitDeclarations } from './declarations.ts'
import { libraryManifest, type Manifest } from './library-manifest.ts'

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'dist')
const target = join(dist, 'library')

/** The built files that the library loads, and the packages that these import. */
async function closure(): Promise<{ files: string[]; packages: string[] }> {
  const entries = ['public/index.js', 'sandbox.js']
  const { metafile } = await build({
    absWorkingDir: dist,
    entryPoints: entries.map((file) => `engine/infra/monitoring/${file}`),
    outdir: 'unwritten',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  })
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
  const packages = imported
    .filter(({ external, path }) => external === true && !path.startsWith('node:'))
    .map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)![0])
  return { files: Object.keys(metafile.inputs), packages: [...new Set(packages)].toSorted() }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

rmSync(target, { recursive: true, force: true })
const { files, packages } = await closure()
for (const file of files) copy(join(dist, file), join(target, 'dist', file))
// Declarations have maps, which lead an editor to the source.
for (const file of emitDeclarations(join(target, 'dist'))) {
  const source = file.replace(/\.d\.ts$/, '.ts')
  if (existsSync(join(root, source))) copy(join(root, source), join(target, source))
}
for (const file of [
  'LICENSE',
  'SECURITY.md',
  'docs/library.md',
  'docs/reference/monitoring-api.md',
])
  copy(join(root, file), join(target, file))
copy(join(root, 'scripts/library-readme.md'), join(target, 'README.md'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
writeFileSync(
  join(target, 'package.json'),
  `${JSON.stringify(libraryManifest(manifest, packages), undefined, 2)}\n`,
)
