import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { releaseChangelog } from './changelog.ts'
import { nextVersion } from './version.ts'

/** A release that is to be made. */
export interface Release {
  readonly root: string
  readonly version: string
  readonly tag: string
}

/** Files that name the version beside package.json and the lock file. */
const namingFiles = [
  'deploy/Dockerfile',
  'deploy/compose.yaml',
  'deploy/kubernetes/base/kustomization.yaml',
  'docs/operate/container.md',
  'examples/own-server/package.json',
]

export const git = (root: string, ...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()

const read = (root: string, file: string): string => readFileSync(join(root, file), 'utf8')

function currentVersion(root: string): string {
  return (JSON.parse(read(root, 'package.json')) as { version: string }).version
}

/**
 * Returns the release of a checkout. Throws an error that says what to do when the checkout has
 * uncommitted changes, is on another branch than main, has the tag already, or has nothing to
 * release.
 */
export function planRelease(root: string, asked: string): Release {
  const changed = git(root, 'status', '--porcelain')
  if (changed !== '')
    throw new Error(`the checkout has uncommitted changes; commit or remove them:\n${changed}`)
  const branch = git(root, 'branch', '--show-current')
  if (branch !== 'main')
    throw new Error(`the branch is ${branch || 'none'}; releases are made from main`)
  const version = nextVersion(currentVersion(root), asked)
  const tag = `v${version}`
  if (git(root, 'tag', '--list', tag) !== '')
    throw new Error(`the tag ${tag} exists; choose a higher version`)
  releaseChangelog(read(root, 'CHANGELOG.md'), version, '0000-00-00')
  return { root, version, tag }
}

/** Writes the version into the files of the checkout, and the date into its changelog. */
export function writeVersion({ root, version }: Release, date: string): void {
  const before = currentVersion(root)
  for (const file of ['package.json', 'package-lock.json']) {
    const manifest = JSON.parse(read(root, file)) as {
      version: string
      packages?: Record<string, { version?: string }>
    }
    manifest.version = version
    const own = manifest.packages?.['']
    if (own !== undefined) own.version = version
    writeFileSync(join(root, file), `${JSON.stringify(manifest, undefined, 2)}\n`)
  }
  for (const file of namingFiles.filter((each) => existsSync(join(root, each))))
    writeFileSync(join(root, file), read(root, file).replaceAll(before, version))
  const changelog = releaseChangelog(read(root, 'CHANGELOG.md'), version, date)
  writeFileSync(join(root, 'CHANGELOG.md'), changelog)
}

/** Takes back what `writeVersion` changed. The checkout was clean before. */
export function takeBack({ root }: Release): void {
  git(root, 'checkout', '--quiet', '--', '.')
}

/** Commits and tags the release in the checkout; nothing leaves the machine. */
export function commitRelease({ root, version, tag }: Release): void {
  git(root, 'commit', '--quiet', '--all', '--message', `release: publish ${version}`)
  git(root, 'tag', '--annotate', tag, '--message', `Compozy ${version}`)
}
