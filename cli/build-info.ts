import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Version and commit of this build. `commit` is `unknown` if the build had no git. */
export interface BuildInfo {
  readonly version: string
  readonly commit: string
}

/**
 * Reads the build info that `npm run build` writes; from source, the version of package.json and no
 * commit.
 */
export function readBuildInfo(): BuildInfo {
  const built = fileURLToPath(new URL('../build-info.json', import.meta.url))
  if (existsSync(built)) return JSON.parse(readFileSync(built, 'utf8')) as BuildInfo
  const manifest = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as {
    version: string
  }
  return { version: manifest.version, commit: 'unknown' }
}
