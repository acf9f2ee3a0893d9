import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A package of Debian for x86-64, by what its bytes must be. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** What of it is wanted. */
  readonly folder: string
}

/** Fetches a package with apt and copies a folder of it to `target`, without installing anything. Throws the reason. */
export async function fetchDebianPackage(
  { name, version, sha256, folder }: DebianPackage,
  target: string,
): Promise<void> {
  if (`${process.platform}-${process.arch}` !== 'linux-x64')
    throw new Error(
      `the package ${name} is pinned for linux-x64, this is ${process.platform}-${process.arch}`,
    )
  const work = await mkdtemp(join(tmpdir(), `compozy-${name}-`))
  try {
    const download = () => run('apt-get', ['download', '-q', `${name}=${version}`], { cwd: work })
    // A fresh machine knows no packages yet; only root may ask for the list.
    await download().catch(() => run('apt-get', ['update', '-q']).then(download))
    const file = (await readdir(work)).find((each) => each.endsWith('.deb'))
    if (file === undefined) throw new Error('apt-get brought no package')
    const actual = createHash('sha256')
      .update(await readFile(join(work, file)))
      .digest('hex')
    if (actual !== sha256)
      throw new Error(`the package has sha256 ${actual}, which is not the pinned one`)
    await run('dpkg', ['-x', join(work, file), join(work, 'unpacked')])
    const own = `${target}.${process.pid}`
    await mkdir(dirname(target), { recursive: true })
    await cp(join(work, 'unpacked', folder), own, { recursive: true })
    // Whoever comes second finds the folder in place; both hold the same.
    await rename(own, target).catch(() => rm(own, { recursive: true }))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
