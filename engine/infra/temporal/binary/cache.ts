import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { CompozyError } from '../../../core/errors.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Returns Compozy's cache folder of the user: below XDG_CACHE_HOME if it is set, else the system's
 * default.
 */
export function userCacheDir(env: Env, platform: string = process.platform): string {
  const home = env['HOME'] || homedir()
  const given = env['XDG_CACHE_HOME']
  // The XDG specification says to ignore relative paths.
  if (given !== undefined && isAbsolute(given)) return join(given, 'compozy')
  return join(home, platform === 'darwin' ? 'Library/Caches' : '.cache', 'compozy')
}

/**
 * Stores a program in the cache. Safe when two first starts race: each writes its own file, and the
 * rename is atomic. Throws CompozyError `binary_unavailable` if the folder is not writable.
 */
export async function storeProgram(path: string, program: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, program, { mode: 0o755 })
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CompozyError('binary_unavailable', `the cache can't be written: ${reason}`, { cause })
  }
}
