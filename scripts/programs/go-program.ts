import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { findOnPath, isExecutable, type Env } from './on-path.ts'

const run = promisify(execFile)

/** Programs that Go builds from source; its checksum database verifies them. */
const pins = {
  alertmanager: 'github.com/prometheus/alertmanager/cmd/alertmanager@v0.28.1',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1',
} as const

/** Name of a program that Go can build. */
export type GoProgram = keyof typeof pins

/**
 * Returns the path of a program: on PATH, in the user's cache, or built into it. Throws when Go
 * cannot build it.
 */
export async function findGoProgram(name: GoProgram, env: Env): Promise<string> {
  const found = await findOnPath([name], env)
  if (found !== undefined) return found
  const [, version] = pins[name].split('@')
  const folder = join(userCacheDir(env), `${name}-${version}`)
  const cached = join(folder, name)
  if (await isExecutable(cached)) return cached
  await goInstall([pins[name]], folder).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${name} is not on PATH and Go cannot build it: ${reason}`, { cause })
  })
  return cached
}

/**
 * Builds packages of one Go module into a folder, which appears whole or not at all. Throws the
 * error of `go install`.
 */
export async function goInstall(
  packages: readonly string[],
  folder: string,
  flags: readonly string[] = [],
): Promise<void> {
  const own = `${folder}.${process.pid}`
  await mkdir(own, { recursive: true })
  try {
    await run('go', ['install', ...flags, ...packages], {
      env: { ...process.env, GOBIN: own },
      maxBuffer: 16 * 1024 * 1024,
    })
    // Two tests may build at once. The second finds the folder in place, with the same content.
    await rename(own, folder).catch(() => undefined)
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}
