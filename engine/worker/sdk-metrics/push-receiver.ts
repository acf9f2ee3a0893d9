import { randomBytes, timingSafeEqual } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { MetricsExporterConfig, Runtime } from '@temporalio/worker'
import { pollMetrics, type SdkUpdate } from '../../infra/monitoring/public/index.ts'
import { readOtlpPoints } from './otlp.ts'
import { PointHistory } from './point-history.ts'

const host = '127.0.0.1'
/** Bytes before a message of gRPC: whether it is compressed, and its length. */
const frameHeaderBytes = 5
const emptyMessage = Buffer.alloc(frameHeaderBytes)
/** gRPC's INTERNAL: the push can't be read. */
const unreadable = '13'
/**
 * The core has one connection, and pushes as soon as it has it. Others of this machine may connect,
 * but neither fill the process nor keep the core out.
 */
const limits = { newConnections: 64, streams: 4, msToPush: 5_000 } as const

function answer(stream: ServerHttp2Stream, read: boolean): void {
  if (stream.aborted || stream.destroyed) return
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': read ? '0' : unreadable }))
  stream.end(emptyMessage)
}

/**
 * Receives what the SDK's native core counts. Every five seconds the core exports all its metrics,
 * by OTLP over gRPC, to a port of the loopback interface, with a token that only it has.
 *
 * So the core does the counting. Its event buffer, the other way to read it, makes a JavaScript
 * object of each of some forty updates per task: a twentieth of a worker's CPU time.
 */
export class PushReceiver {
  static #opening: Promise<PushReceiver> | undefined
  static #open: PushReceiver | undefined

  /** Called with what counters rose by, and then with what gauges stand at, after each push. */
  readonly listeners = new Set<(updates: readonly SdkUpdate[]) => void>()
  /** A name of its own: `OTEL_EXPORTER_OTLP_HEADERS` in the environment overwrites headers. */
  readonly #header = `x-push-${randomBytes(8).toString('hex')}`
  readonly #token = randomBytes(32).toString('base64url')
  /** Connections that have brought no push yet, the oldest first. */
  readonly #newSessions = new Set<ServerHttp2Session>()
  readonly #history = new PointHistory()
  #port = 0

  /**
   * Returns the one receiver of this process, as the SDK has one runtime per process. It listens
   * until the process ends, without keeping it alive: the SDK may create its runtime anew with the
   * options of the last. Rejects when no port of the loopback interface can be had.
   */
  static open(): Promise<PushReceiver> {
    PushReceiver.#opening ??= new PushReceiver().#listen().catch((error: unknown) => {
      PushReceiver.#opening = undefined
      throw error
    })
    return PushReceiver.#opening
  }

  /** Where this process receives pushes, once it does. */
  static get address(): { readonly host: string; readonly port: number } | undefined {
    return PushReceiver.#open && { host, port: PushReceiver.#open.#port }
  }

  /** Returns the receiver if a runtime pushes to it. */
  static of({ options }: Runtime): PushReceiver | undefined {
    const { metricsExporter } = options.runtimeOptions
    const receiver = PushReceiver.#open
    return receiver !== undefined &&
      metricsExporter?.type === 'otel' &&
      metricsExporter.url === receiver.#url
      ? receiver
      : undefined
  }

  async #listen(): Promise<this> {
    const server = createServer({ settings: { maxConcurrentStreams: limits.streams } })
    server.unref()
    server.on('session', (session) => this.#watch(session))
    await new Promise<void>((resolve, reject) => {
      // A connection that later can't be accepted is an error too, and the next one may be.
      server.on('error', reject)
      server.listen(0, host, resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    PushReceiver.#open = this
    return this
  }

  get #url(): string {
    return `http://${host}:${this.#port}`
  }

  /** The SDK's option that makes its core push here. */
  get exporter(): MetricsExporterConfig {
    return {
      attachServiceName: false,
      otel: {
        url: this.#url,
        headers: { [this.#header]: this.#token },
        // With 500 workflows an export takes 10 ms of CPU time.
        metricsExportInterval: '5s',
        // A push that is lost then loses nothing: the next one says it again.
        temporality: 'cumulative',
      },
    }
  }

  /** Hears one connection, and ends it if it brings no push. */
  #watch(session: ServerHttp2Session): void {
    session.unref()
    this.#newSessions.add(session)
    const [oldest] = this.#newSessions
    if (this.#newSessions.size > limits.newConnections) oldest?.destroy()
    const timer = setTimeout(() => session.destroy(), limits.msToPush).unref()
    const isNewNoMore = (): void => {
      clearTimeout(timer)
      this.#newSessions.delete(session)
    }
    session.once('stream', isNewNoMore)
    session.once('close', isNewNoMore)
    session.on('stream', (stream, headers) => this.#accept(stream, headers))
  }

  #isFromCore(headers: IncomingHttpHeaders): boolean {
    const sent = Buffer.from(String(headers[this.#header]))
    const expected = Buffer.from(this.#token)
    return sent.length === expected.length && timingSafeEqual(sent, expected)
  }

  #accept(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // The core gives up on a push after some seconds, such as while this process is blocked.
    stream.on('error', () => undefined)
    if (!this.#isFromCore(headers)) {
      stream.session?.destroy()
      return
    }
    const chunks: Buffer[] = []
    let received = 0
    let wanted = Infinity
    let read = false
    // A push counts once it is whole: one that the core gave up on may have no end.
    stream.on('data', (chunk: Buffer) => {
      if (received >= wanted) return
      chunks.push(chunk)
      received += chunk.length
      if (wanted === Infinity && received >= frameHeaderBytes)
        wanted = frameHeaderBytes + Buffer.concat(chunks).readUInt32BE(1)
      if (received >= wanted) read = this.#receive(Buffer.concat(chunks).subarray(frameHeaderBytes))
    })
    stream.on('end', () => answer(stream, read))
  }

  /** Returns whether a message could be read. */
  #receive(message: Buffer): boolean {
    try {
      const updates = this.#history.updatesIn(readOtlpPoints(message, pollMetrics))
      for (const listener of this.listeners) listener(updates)
      return true
    } catch {
      return false
    }
  }
}
