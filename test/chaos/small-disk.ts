import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder on a separate file system, if this machine allows a mount. */
export interface SmallDisk {
  readonly dir: string
  /** Leaves no free block, until `free`; undefined where nothing could be mounted. */
  readonly fill?: () => void
  free(): void
  remove(): void
}

const sizeBytes = 2 ** 30

/** Mounts a file system in memory on a new folder; it takes as much memory as its files do. */
export function createSmallDisk(): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-fleet-'))
  const resize = (bytes: number): void =>
    void execFileSync('mount', ['-o', `remount,size=${bytes}`, dir], { stdio: 'ignore' })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', dir], {
      stdio: 'ignore',
    })
  } catch {
    const remove = (): void => rmSync(dir, { recursive: true, force: true })
    return { dir, free: () => undefined, remove }
  }
  return {
    dir,
    fill() {
      // The file system grows while it is measured, and cannot be made smaller than its files.
      for (let attempt = 0; attempt < 20; attempt++) {
        const { blocks, bfree, bsize } = statfsSync(dir)
        try {
          return resize((blocks - bfree) * bsize)
        } catch {
          continue
        }
      }
      throw new Error(`${dir} could not be filled`)
    },
    free: () => resize(sizeBytes),
    remove() {
      execFileSync('umount', ['-l', dir], { stdio: 'ignore' })
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
