import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { userCacheDir } from '../../engine/infra/temporal/binary/cache.ts'
import { fetchDebianPackage } from './debian-package.ts'

/** Debian's package, whose libraries every Debian has. */
const pin = {
  name: 'nginx',
  version: '1.22.1-9+deb12u11',
  sha256: '4e2778e675c07d0f2d8d3b6f5ff84f6483ade1d82c21c910eb9a2787e1cf1b1a',
} as const

/** Path of nginx: NGINX_PATH, or in the user's cache, or fetched into it. Throws the reason why there is none. */
export async function findNginx(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (env['NGINX_PATH']) return env['NGINX_PATH']
  const folder = join(userCacheDir(env), `nginx-${pin.version}`)
  const path = join(folder, 'nginx')
  const runs = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!runs) await fetchDebianPackage({ ...pin, folder: 'usr/sbin' }, folder)
  return path
}
