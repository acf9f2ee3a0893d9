import { join } from 'node:path'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { fetchDebianPackage } from './debian-package.ts'
import { findOnPath, isExecutable, type Env } from './on-path.ts'

/** Debian's package. Every Debian has the libraries that it needs. */
const pin = {
  name: 'nginx',
  version: '1.22.1-9+deb12u11',
  sha256: '4e2778e675c07d0f2d8d3b6f5ff84f6483ade1d82c21c910eb9a2787e1cf1b1a',
} as const

/**
 * Returns the path of nginx: NGINX_PATH, on PATH, in the user's cache, or fetched into it. Throws
 * the reason.
 */
export async function findNginx(env: Env): Promise<string> {
  if (env['NGINX_PATH']) return env['NGINX_PATH']
  const found = await findOnPath(['nginx'], env)
  if (found !== undefined) return found
  const folder = join(userCacheDir(env), `nginx-${pin.version}`)
  const path = join(folder, 'nginx')
  if (!(await isExecutable(path))) await fetchDebianPackage({ ...pin, folder: 'usr/sbin' }, folder)
  return path
}
