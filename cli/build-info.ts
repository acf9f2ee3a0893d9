import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Which Compozy this is. `commit` is `unknown` where the build had no git. */
export interface BuildInfo {
  readonly version: string
  readonly commit: string
}

/** What `npm run build` wrote beside the compiled files; from source, package.json's version and no commit. */
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
