import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import type { Logger } from '../../../core/logger.ts'
import { claimDatabase, type DatabaseClaim } from './database-lock.ts'
import { freePort, isFree } from './free-port.ts'
import { untilReady } from './server-readiness.ts'

/** What to start. */
export interface DevServerOptions {
  /** Temporal's CLI. */
  readonly binary: string
  readonly host?: string
  /**
   * Port of the frontend; 0 takes any free one. The UI takes the one 1000 above, or any free one.
   */
  readonly port: number
  readonly namespace: string
  /** SQLite file that keeps the runs; created if it does not exist. */
  readonly databaseFile: string
  /** Temporal's dynamic configuration by its own keys, such as lower limits for a test. */
  readonly dynamicConfig?: Readonly<Record<string, JsonValue>>
  readonly logger: Logger
  readonly signal?: AbortSignal
}

/** A Temporal server that runs as a child of this process. */
export interface DevServer {
  /** `host:port` of the frontend. */
  readonly address: string
  readonly uiUrl: string
  readonly pid: number
  /** Rejects if the server ends unexpectedly. */
  readonly died: Promise<never>
  /** Stops it with SIGTERM, and with SIGKILL after ten seconds. */
  stop(): Promise<void>
}

/** A server that was started, and may not answer yet. */
export interface LaunchedServer extends DevServer {
  /** Resolves when it answers. Rejects once it is stopped, if it does not. */
  readonly ready: Promise<void>
}

/** The engine may load meanwhile, on a machine that is busy. */
const readyWithinMs = 60_000
const stopWithinMs = 10_000
const tailLength = 4_000

const portTaken = (host: string, port: number): CompozyError =>
  new CompozyError(
    'port_in_use',
    `port ${port} on ${host} is taken; choose another with --temporal-port (0 takes any free one)`,
  )

/**
 * Starts a shell that stops the server when this process is gone, however it ended: its standard
 * input closes then. If both are killed at once, the next start finds the server through the lock.
 */
function watchOver(pid: number): ChildProcess {
  const script = 'read -r _; kill -TERM "$1" 2>/dev/null'
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.once('error', () => undefined)
  watcher.unref()
  return watcher
}

/** Runs the server so that only this user can read the database: it holds inputs and outputs. */
function spawnPrivately(binary: string, args: readonly string[], databaseFile: string) {
  for (const file of [databaseFile, `${databaseFile}-wal`, `${databaseFile}-shm`])
    if (existsSync(file)) chmodSync(file, 0o600)
  const script = 'umask 077; exec "$0" "$@"'
  return spawn('/bin/sh', ['-c', script, binary, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

/**
 * Starts `temporal server start-dev` on a database file and waits until it answers, about half a
 * second. Throws CompozyError `port_in_use`, `conflict` (the file is in use) or
 * `temporal_unavailable` with the last output of the server.
 *
 * @example
 * const options = { binary, port: 0, namespace: 'default', databaseFile, logger }
 * const server = await startDevServer(options)
 * await server.stop()
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const server = await launchDevServer(options)
  await server.ready
  return server
}

/**
 * Starts the server without waiting until it answers, so that its caller can prepare meanwhile.
 * Write-ahead logging nearly doubles the throughput of SQLite (18.8 to 32.8 workflows a second).
 * Throws as {@link startDevServer} does; what happens after the launch rejects `ready`.
 */
export async function launchDevServer(options: DevServerOptions): Promise<LaunchedServer> {
  const claim = await claimDatabase(options.databaseFile, options.logger)
  try {
    return await launchClaimed(options, claim)
  } catch (error) {
    claim.release()
    throw error
  }
}

async function launchClaimed(
  options: DevServerOptions,
  claim: DatabaseClaim,
): Promise<LaunchedServer> {
  const { binary, host = '127.0.0.1', namespace, databaseFile, logger, signal } = options
  signal?.throwIfAborted()
  if (options.port !== 0 && !(await isFree(host, options.port))) throw portTaken(host, options.port)
  const port = options.port === 0 ? await freePort(host) : options.port
  const uiWanted = port + 1_000 <= 65_535 && options.port !== 0 ? port + 1_000 : 0
  const uiPort = await freePort(host, uiWanted, port)

  const args = [
    'server',
    'start-dev',
    '--ip',
    host,
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
  ]
  args.push('--namespace', namespace, '--db-filename', databaseFile, '--log-level', 'error')
  for (const [key, value] of Object.entries(options.dynamicConfig ?? {}))
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`)
  args.push('--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1')
  // Its own process group: Ctrl-C must not stop the server before the workers.
  const child = spawnPrivately(binary, args, databaseFile)
  const watcher = child.pid === undefined ? undefined : watchOver(child.pid)
  if (child.pid !== undefined) claim.setServer(child.pid)
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-tailLength)
      logger.debug({ output: text.trim() }, 'temporal server')
    })
  }

  let phase: 'starting' | 'running' | 'stopping' = 'starting'
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    // At "exit", the reason may still be in the pipe.
    child.once('close', (code, killed) => resolve(`it ended with ${code ?? killed}`))
  }).finally(() => {
    watcher?.kill('SIGKILL')
    claim.release()
  })
  const died = ended.then((how): Promise<never> => {
    if (phase === 'stopping') return new Promise<never>(() => undefined)
    if (/address already in use/i.test(tail)) throw portTaken(host, port)
    const what = phase === 'starting' ? 'did not start' : 'is gone'
    throw new CompozyError(
      'temporal_unavailable',
      `the Temporal server ${what}: ${how}\n${tail.trim()}`.trim(),
    )
  })
  died.catch(() => undefined)

  async function stop(): Promise<void> {
    phase = 'stopping'
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs).unref()
    await ended
    clearTimeout(late)
  }

  const deadline = performance.now() + readyWithinMs
  const goOn = (): boolean => {
    signal?.throwIfAborted()
    if (performance.now() < deadline) return phase === 'starting'
    throw new CompozyError(
      'temporal_unavailable',
      `the Temporal server did not answer within 60s\n${tail.trim()}`,
    )
  }
  const becomeReady = async (): Promise<void> => {
    try {
      await Promise.race([untilReady({ host, port, namespace, goOn }), died])
    } catch (error) {
      await stop()
      throw error
    }
    if (phase === 'starting') phase = 'running'
  }
  const ready = becomeReady()
  ready.catch(() => undefined)
  return {
    address: `${host}:${port}`,
    uiUrl: `http://${host}:${uiPort}`,
    pid: child.pid ?? 0,
    died,
    ready,
    stop,
  }
}
