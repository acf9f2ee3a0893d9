import { basename, dirname, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Returns the names of the functions that a module exports. @throws if it exports anything else */
async function functionsOf(file: string): Promise<readonly string[]> {
  const module = (await import(file)) as Readonly<Record<string, unknown>>
  return Object.entries(module).map(([name, value]) => {
    if (typeof value === 'function' && !String(value).startsWith('class')) return name
    throw new Error(`${basename(file)} exports ${name}: what loads late exports functions only`)
  })
}

/** A module with the same functions; the first call of one loads what does the work. */
function stub(functions: readonly string[], outfile: string): string {
  return [
    'let loaded',
    `const load = () => (loaded ??= require(${JSON.stringify(`./${basename(outfile)}`)}))`,
    ...functions.map((name) => `export const ${name} = (...given) => load().${name}(...given)`),
  ].join('\n')
}

/**
 * Keeps a large module that most starts never call out of the bundle: it goes into a file of its
 * own beside it, which is read, compiled and evaluated at the first call of one of its functions.
 * A function call can't wait for an `import()`, so the file is CommonJS.
 *
 * @param file the compiled module; it exports functions only, no classes
 * @param outfile where it goes with its packages: the folder of the bundle's chunks
 */
export function loadLate(file: string, outfile: string): Plugin {
  return {
    name: 'load-late',
    async setup({ onLoad, onResolve, onStart }) {
      onStart(async () => {
        await build({
          entryPoints: [file],
          outfile,
          bundle: true,
          format: 'cjs',
          platform: 'node',
          target: 'node20.19',
          sourcemap: true,
        })
      })
      onResolve({ filter: /^\.\// }, ({ path, importer }) =>
        importer === file && resolve(dirname(outfile), path) === outfile
          ? { path, external: true }
          : undefined,
      )
      onLoad({ filter: /\.js$/ }, async ({ path }) =>
        path === file
          ? { contents: stub(await functionsOf(file), outfile), loader: 'js' }
          : undefined,
      )
    },
  }
}
