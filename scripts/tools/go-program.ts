import { execFile } from 'node:child_process'
import { access, constants, mkdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { userCacheDir } from '../../engine/infra/temporal/binary/cache.ts'

const run = promisify(execFile)
type Env = Readonly<Record<string, string | undefined>>

/** Programs of the slow lane that are built from their sources; Go checks the hashes. */
const pins = {
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1',
} as const

const runs = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

/**
 * Path of a program: on PATH, or in the user's cache, or else built into it by `go install`. Throws where there is neither
 * program nor Go.
 */
export async function findGoProgram(name: keyof typeof pins, env: Env): Promise<string> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean))
    if (await runs(join(folder, name))) return join(folder, name)
  const [, version] = pins[name].split('@')
  const cached = join(userCacheDir(env), `${name}-${version}`, name)
  if (await runs(cached)) return cached
  const bin = `${cached}.${process.pid}`
  await mkdir(bin, { recursive: true })
  await run('go', ['install', pins[name]], { env: { ...process.env, GOBIN: bin } }).catch(
    (cause: unknown) => {
      throw new Error(`${name} is not on PATH and can't be built with Go: ${String(cause)}`, {
        cause,
      })
    },
  )
  await rename(join(bin, name), cached)
  await rm(bin, { recursive: true, force: true })
  return cached
}
