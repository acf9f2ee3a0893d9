import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

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
