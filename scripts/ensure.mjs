/**
 * Makes a checkout ready, doing only what is missing: `node scripts/ensure.mjs` installs the
 * packages of the lock file, `node scripts/ensure.mjs build` also builds. Plain JavaScript without
 * packages, for it runs before there are any.
 */
import { execFileSync, execSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const at = (...parts) => join(root, ...parts)
const changed = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)

/** Newest change below a folder or of a file. */
function newest(path) {
  if (!statSync(path).isDirectory()) return changed(path)
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Math.max(0, ...files.map((entry) => changed(join(entry.parentPath, entry.name))))
}

/**
 * npm notes in node_modules what it installed; a lock file that is newer has not been installed
 * yet.
 */
function isInstalled() {
  const noted = changed(at('node_modules/.package-lock.json'))
  return noted > 0 && noted >= changed(at('package-lock.json'))
}

function currentCommit() {
  try {
    return execSync('git rev-parse --short=12 HEAD', {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  } catch {
    return undefined
  }
}

function isBuilt() {
  const info = at('dist/build-info.json')
  if (!existsSync(info)) return false
  const commit = currentCommit()
  if (commit !== undefined && commit !== JSON.parse(readFileSync(info, 'utf8')).commit) return false
  const sources = [
    'engine',
    'cli',
    'page',
    'promql',
    'deploy/prometheus/rules',
    'scripts/build.ts',
    'scripts/build-page.ts',
    'scripts/bundle-cli.ts',
    'scripts/load-late.ts',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.types.json',
    'scripts/declarations.ts',
  ]
  return changed(info) >= Math.max(...sources.map((source) => newest(at(source))))
}

/** Runs a step, and prints what it does, about how long it takes, and when it is done. */
function step(what, about, ...command) {
  console.error(`${what} (about ${about}) …`)
  const started = Date.now()
  execFileSync(command[0], command.slice(1), { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  console.error(`${what}: done in ${Math.round((Date.now() - started) / 1000)} s`)
}

if (!isInstalled()) {
  // npm draws its own progress on a terminal.
  const shown = process.stderr.isTTY ? '--loglevel=error' : '--silent'
  step(
    'installing packages, once',
    'one or two minutes',
    'npm',
    'ci',
    shown,
    '--no-audit',
    '--no-fund',
  )
}
if (process.argv[2] === 'build' && !isBuilt()) {
  step('building', 'half a minute', 'npm', 'run', '--silent', 'build')
}
