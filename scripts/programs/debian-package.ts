import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { aptGet } from './apt.ts'

const run = promisify(execFile)

/** A Debian package for x86-64, pinned by the hash of its file. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** The folder of the package to copy. */
  readonly folder: string
}

/**
 * Downloads a package with apt and copies one of its folders to `target`; installs nothing. Throws
 * the reason.
 */
export async function fetchDebianPackage(
  { name, version, sha256, folder }: DebianPackage,
  target: string,
): Promise<void> {
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64')
    throw new Error(`the package ${name} is pinned for linux-x64; this is ${platform}`)
  const work = await mkdtemp(join(tmpdir(), `compozy-${name}-`))
  try {
    await aptGet(['download', `${name}=${version}`], work)
    const file = (await readdir(work)).find((each) => each.endsWith('.deb'))
    if (file === undefined) throw new Error(`apt-get downloaded no file for ${name}`)
    const actual = createHash('sha256')
      .update(await readFile(join(work, file)))
      .digest('hex')
    if (actual !== sha256)
      throw new Error(`${file} has sha256 ${actual}; the pinned one is ${sha256}`)
    await run('dpkg', ['-x', join(work, file), join(work, 'unpacked')])
    const own = `${target}.${process.pid}`
    await mkdir(dirname(target), { recursive: true })
    await cp(join(work, 'unpacked', folder), own, { recursive: true })
    // Two tests may fetch at once. The second finds the folder in place, with the same content.
    await rename(own, target).catch(() => rm(own, { recursive: true }))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
