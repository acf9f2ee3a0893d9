import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { compile } from '../page/build/compiled.ts'

const root = resolve(import.meta.dirname, '..')

/** Gives the page what `compozy:compiled` names: rules and queries, parsed. */
const compiled: Plugin = {
  name: 'compiled',
  setup(builder) {
    builder.onResolve({ filter: /^compozy:compiled$/ }, ({ path }) => ({
      path,
      namespace: 'compiled',
    }))
    builder.onLoad({ filter: /.*/, namespace: 'compiled' }, () => {
      const parts = Object.entries(compile())
      const lines = parts.map(
        ([name, value]) =>
          `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))})`,
      )
      return { contents: lines.join('\n'), loader: 'js' }
    })
  },
}

/** Builds the page into a folder: `index.html` and files whose names carry their hash. */
export async function buildPage(folder: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['page/main.tsx', 'page/styles.css'],
    outdir: folder,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    plugins: [compiled],
    write: false,
    logLevel: 'warning',
  })
  mkdirSync(folder, { recursive: true })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
  const nameOf = (prefix: string, extension: string) =>
    basename(
      outputFiles.find(({ path }) => basename(path).startsWith(prefix) && path.endsWith(extension))!
        .path,
    )
  const html = readFileSync(resolve(root, 'page/index.html'), 'utf8')
    .replace('app.css', nameOf('styles-', '.css'))
    .replace('app.js', nameOf('main-', '.js'))
  writeFileSync(resolve(folder, 'index.html'), html)
  cpSync(resolve(root, 'page/icon.svg'), resolve(folder, 'icon.svg'))
}
