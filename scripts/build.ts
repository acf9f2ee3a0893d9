/**
 * `npm run build`: compiles to dist/, bundles the workflow sandbox, copies what Deno runs and
 * writes which version and commit this is.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { buildPage } from './build-page.ts'
import { bundleCli } from './bundle-cli.ts'
import { emitDeclarations } from './declarations.ts'

const root = resolve(import.meta.dirname, '..')
const dist = resolve(root, 'dist')

function commit(): string {
  if (process.env['COMPOZY_COMMIT']) return process.env['COMPOZY_COMMIT']
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  } catch {
    return 'unknown'
  }
}

rmSync(dist, { recursive: true, force: true })
execFileSync(
  process.execPath,
  [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
emitDeclarations(dist)
cpSync(resolve(root, 'engine/tool/sandbox'), resolve(dist, 'engine/tool/sandbox'), {
  recursive: true,
})

await buildPage(resolve(dist, 'page'))

const silent = {
  log() {},
  trace() {},
  debug() {},
  info() {},
  warn: console.warn,
  error: console.error,
}
const bundler = (await import(
  resolve(dist, 'engine/worker/bundle.js')
)) as typeof import('../engine/worker/bundle.ts')
const { code } = await bundler.bundleWorkflows(silent)
writeFileSync(bundler.builtBundlePath, code)

await bundleCli(dist)

const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  version: string
}
writeFileSync(
  resolve(dist, 'build-info.json'),
  `${JSON.stringify({ version, commit: commit() })}\n`,
)
chmodSync(resolve(dist, 'cli/bin.js'), 0o755)
