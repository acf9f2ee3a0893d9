import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompozyError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { isHealthy, openClient } from './connection.ts'
import { claimDatabase } from './database-lock.ts'
import { freePort, isFree } from './free-port.ts'

/** What to start. */
export interface DevServerOptions {
  /** Temporal's CLI. */
  readonly binary: string
  readonly host?: string
  /** Port of the frontend; 0 takes any free one. The UI takes the one 1000 above, or any free one. */
  readonly port: number
  readonly namespace: string
  /** SQLite file that keeps the runs; made where there is none. */
  readonly databaseFile: string
  readonly logger: Logger
  readonly signal?: AbortSignal
}

/** A Temporal server that runs as a child of this process. */
export interface DevServer {
  /** `host:port` of the frontend. */
  readonly address: string
  readonly uiUrl: string
  readonly pid: number
  /** Rejects when the server ends without having been told to. */
  readonly died: Promise<never>
  /** Ends it cleanly; kills it after ten seconds. */
  stop(): Promise<void>
}

const readyWithinMs = 30_000
const stopWithinMs = 10_000
const tailLength = 4_000

function answersTcp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}

/**
 * Starts `temporal server start-dev` on a database file and waits until it answers. Write-ahead logging nearly
 * doubles what SQLite takes (18.8 to 32.8 workflows a second were measured). Throws CompozyError: `port_in_use`,
 * `conflict` (the file is in use), `temporal_unavailable` with what the server last said.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { binary, host = '127.0.0.1', namespace, databaseFile, logger, signal } = options
  const claim = await claimDatabase(databaseFile, logger)
  if (options.port !== 0 && !(await isFree(host, options.port))) {
    claim.release()
    const message = `port ${options.port} on ${host} is taken; choose another with --temporal-port (0 takes any free one)`
    throw new CompozyError('port_in_use', message)
  }
  const port = options.port === 0 ? await freePort(host) : options.port
  const uiPort = await freePort(host, port + 1_000 <= 65_535 && options.port !== 0 ? port + 1_000 : 0)

  const args = ['server', 'start-dev', '--ip', host, '--port', String(port), '--ui-port', String(uiPort)]
  args.push('--namespace', namespace, '--db-filename', databaseFile, '--log-level', 'error')
  args.push('--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1')
  // A group of its own: Ctrl-C reaches us alone, and we end the server after the workers.
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  if (child.pid !== undefined) claim.setServer(child.pid)
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-tailLength)
      logger.debug({ output: text.trim() }, 'temporal server')
    })
  }
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  let stopping = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, killed) => resolve(`it ended with ${code ?? killed}`))
  }).finally(() => {
    process.off('exit', killWithUs)
    claim.release()
  })
  const died = ended.then((how): never => {
    if (stopping) return new Promise<never>(() => undefined) as never
    throw new CompozyError(
      'temporal_unavailable',
      `the Temporal server is gone: ${how}\n${tail.trim()}`.trim(),
    )
  })
  died.catch(() => undefined)

  async function stop(): Promise<void> {
    stopping = true
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs).unref()
    await ended
    clearTimeout(late)
  }

  const address = `${host}:${port}`
  try {
    await Promise.race([waitUntilReady(), died])
  } catch (error) {
    await stop()
    throw error
  }
  return { address, uiUrl: `http://${host}:${uiPort}`, pid: child.pid!, died, stop }

  async function waitUntilReady(): Promise<void> {
    const deadline = performance.now() + readyWithinMs
    const inTime = (): boolean => {
      signal?.throwIfAborted()
      if (performance.now() < deadline) return !stopping
      throw new CompozyError(
        'temporal_unavailable',
        `the Temporal server did not answer within 30s\n${tail.trim()}`,
      )
    }
    // Bare TCP first: a gRPC client that came too early waits a whole second before it tries again.
    while (inTime() && !(await answersTcp(host, port))) await sleep(20)
    const plain = { address, apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }
    const client = openClient(plain, namespace)
    try {
      while (inTime() && !(await isHealthy(client, 2_000))) await sleep(50)
      while (inTime() && !(await hasNamespace(client, namespace))) await sleep(50)
    } finally {
      await client.connection.close()
    }
  }
}

async function hasNamespace(
  { workflowService, connection }: ReturnType<typeof openClient>,
  namespace: string,
): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + 2_000, () => workflowService.describeNamespace({ namespace }))
    return true
  } catch {
    return false
  }
}
