/**
 * `npm run release -- major|minor|patch|VERSION`: makes a release up to the last step. Writes
 * version and changelog, builds, packs, checks the packages, rehearses the publication, commits and
 * tags. It stops before anything leaves the machine and prints the commands that publish.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { packageProblems } from './release/package-problems.ts'
import { commitRelease, planRelease, takeBack, writeVersion } from './release/prepare.ts'

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
/** Leaves out the tests of the packages, which take minutes: for the test of this script. */
const untested = args.includes('--without-tests')
const [asked] = args.filter((arg) => !arg.startsWith('--'))

function step(command: string, ...rest: readonly string[]): void {
  console.log(`\n> ${[command, ...rest].join(' ')}`)
  execFileSync(command, rest, { cwd: root, stdio: 'inherit' })
}

function pack(source: string, folder: string): string {
  const flags = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const output = execFileSync('npm', flags, { cwd: source, encoding: 'utf8' })
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(output) as [
    { filename: string; size: number; unpackedSize: number; entryCount: number },
  ]
  console.log(`packed ${filename}: ${size} bytes, ${unpackedSize} unpacked, ${entryCount} files`)
  return join(folder, filename)
}

async function makePackages(): Promise<string[]> {
  step('npm', 'run', '--silent', 'build')
  step('npm', 'run', '--silent', 'build:library')
  const folder = join(root, 'dist/release')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const tarballs = [pack(root, folder), pack(join(root, 'dist/library'), folder)]
  for (const tarball of tarballs) {
    const problems = await packageProblems(tarball)
    if (problems.length > 0)
      throw new Error(`${relative(root, tarball)} is not right:\n${problems.join('\n')}`)
  }
  console.log('publint and Are The Types Wrong find nothing')
  return tarballs
}

function publishArguments(tarball: string, version: string): string[] {
  const tag = version.includes('-') ? ['--tag', 'next'] : []
  return ['publish', relative(root, tarball), '--access', 'public', ...tag]
}

async function release(): Promise<void> {
  if (asked === undefined)
    throw new Error('what to release is missing; give major, minor, patch or a version')
  const planned = planRelease(root, asked)
  const { version, tag } = planned
  const [date] = new Date().toISOString().split('T')
  writeVersion(planned, date!)
  try {
    const tarballs = await makePackages()
    const tests = ['own-server', 'first-minutes'].map((name) => `test/e2e/${name}.slow.test.ts`)
    if (!untested) step('npm', 'run', '--silent', 'test:slow', '--', ...tests)
    for (const tarball of tarballs) step('npm', ...publishArguments(tarball, version), '--dry-run')
    commitRelease(planned)
    const commands = tarballs.map(
      (tarball) => `  npm ${publishArguments(tarball, version).join(' ')} --provenance`,
    )
    console.log(
      `\n${version} is committed and tagged here, and nothing is published. Look at it (git show), then:\n\n` +
        `  git push origin main ${tag}\n\n` +
        `The tag starts the publication with provenance (docs/develop/releasing.md), which runs:\n\n${commands.join('\n')}`,
    )
  } catch (error) {
    takeBack(planned)
    throw error
  }
}

await release().catch((error: unknown) => {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
