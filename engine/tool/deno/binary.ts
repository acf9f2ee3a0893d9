import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { CompozyError } from '../../core/errors.ts'

/** Deno's platform packages by Node's `platform-arch`. None is for musl: glibc's fails to start. */
const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64-glibc',
  'linux-arm64': 'linux-arm64-glibc',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64',
  'win32-arm64': 'win32-arm64',
}

/**
 * Returns the path of the Deno binary that the npm package `deno` installs. The package's
 * JavaScript wrapper would cost 140 ms a start. Throws `binary_unavailable` if the platform has no
 * binary or npm skipped it.
 */
export function findDeno(
  host: { platform: string; arch: string } = { platform: process.platform, arch: process.arch },
): string {
  const platform = `${host.platform}-${host.arch}`
  const name = packages[platform]
  if (name === undefined) {
    const known = Object.keys(packages).join(', ')
    throw new CompozyError(
      'binary_unavailable',
      `tools run in Deno, which has no build for ${platform}; it has ${known}`,
    )
  }
  const file = `@deno/${name}/deno${host.platform === 'win32' ? '.exe' : ''}`
  try {
    const manifest = createRequire(import.meta.url).resolve('deno/package.json')
    const found = createRequire(manifest).resolve(file)
    if (existsSync(found)) return found
    throw new Error(`${found} does not exist`)
  } catch (cause) {
    const hint = 'install without --omit=optional, on the platform that runs the tools'
    throw new CompozyError(
      'binary_unavailable',
      `tools run in Deno, and ${file} is not installed; ${hint}`,
      {
        cause,
      },
    )
  }
}
