import { readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { loadLate } from './load-late.ts'

const root = resolve(import.meta.dirname, '..')

/**
 * Packages whose code goes into the bundle: hundreds of small files that a start would find, read
 * and compile one by one. Native packages, and those that look for files beside their code, stay
 * outside.
 */
const inlined: ReadonlySet<string> = new Set([
  '@bufbuild/cel',
  '@bufbuild/protobuf',
  '@bufbuild/re2',
  '@noble/hashes',
  'ajv-formats',
  'chokidar',
  'croner',
  'fast-string-truncated-width',
  'tinyglobby',
  'yaml',
  'zod',
])

const packageName = /^(?:@[^/]+\/)?[^/]+/

/** Leaves the other dependencies of package.json outside the bundle. */
function externals(): string[] {
  const { dependencies } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  return Object.keys(dependencies)
    .filter((name) => !inlined.has(packageName.exec(name)![0]))
    .flatMap((name) => [name, `${name}/*`])
}

/**
 * Keeps what modules find beside themselves: in the bundle, `import.meta.url` is still the place
 * that the module has in dist/.
 */
function keepPlaces(dist: string, outdir: string): Plugin {
  return {
    name: 'keep-places',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        if (!path.startsWith(`${dist}/`)) return undefined
        const text = await readFile(path, 'utf8')
        if (!text.includes('import.meta.url')) return undefined
        const place = JSON.stringify(relative(outdir, path))
        const contents = text.replaceAll(
          'import.meta.url',
          `new URL(${place}, import.meta.url).href`,
        )
        return { contents, loader: 'js', resolveDir: dirname(path) }
      })
    },
  }
}

/**
 * Removes the compiled modules that are in the bundle now. The library, which the package exports
 * beside the CLI, keeps its own.
 */
function removeBundled(dist: string, { inputs, outputs }: Metafile): void {
  const written = new Set(Object.keys(outputs).map((file) => resolve(root, file)))
  const exported = ['engine/core/', 'engine/infra/monitoring/'].map((folder) =>
    resolve(dist, folder),
  )
  for (const input of Object.keys(inputs)) {
    const file = resolve(root, input)
    if (!file.startsWith(`${dist}/`) || written.has(file)) continue
    if (exported.some((folder) => file.startsWith(`${folder}/`))) continue
    for (const name of [file, `${file}.map`]) rmSync(name, { force: true })
  }
}

/**
 * Bundles the compiled CLI with its packages, in place: a start then reads a few files instead of
 * hundreds. What a command loads late is a chunk of its own.
 */
export async function bundleCli(dist: string): Promise<void> {
  const outdir = resolve(dist, 'cli')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['bin.js', 'dev/check-worker.js'].map((file) => resolve(outdir, file)),
    outbase: outdir,
    outdir,
    chunkNames: '[name]-[hash]',
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    external: externals(),
    // The same parser, but the build for Node.js reads the environment at every token.
    alias: { yaml: resolve(root, 'node_modules/yaml/browser/dist/index.js') },
    metafile: true,
    // Packages in CommonJS require Node's own modules.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module'\nconst require = createBundleRequire(import.meta.url)",
    },
    plugins: [
      loadLate(resolve(dist, 'engine/template/cel/library.js'), resolve(outdir, 'cel.cjs')),
      keepPlaces(dist, outdir),
    ],
  })
  removeBundled(dist, metafile)
}
