import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { MetricsExporterConfig, Runtime } from '@temporalio/worker'
import { readOtlpPoints, type OtlpPoint } from './otlp.ts'

/** Bytes before a message of gRPC: whether it is compressed, and its length. */
const frameHeaderBytes = 5
const emptyMessage = Buffer.alloc(frameHeaderBytes)
/** gRPC's INTERNAL: the push can't be read. */
const unreadable = '13'

/**
 * Receives what the SDK's native core counts: once a second it pushes the counters and gauges that
 * changed, by OTLP over gRPC, to a port of the loopback interface that only it has the token for.
 *
 * The core counts by itself then. Its event buffer, the other way to read it, makes an object in
 * JavaScript of each of some forty events per task: a twentieth of a worker's CPU time.
 */
export class PushReceiver {
  static #opening: Promise<PushReceiver> | undefined
  static #open: PushReceiver | undefined

  readonly #authorization = `Bearer ${randomBytes(32).toString('base64url')}`
  readonly #listeners = new Set<(points: readonly OtlpPoint[]) => void>()
  /** The attributes of each gauge by their text: one object each, as the event buffer has. */
  readonly #gauges = new Map<string, OtlpPoint['attributes']>()
  #url = ''

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
    return (
      PushReceiver.#open && {
        host: '127.0.0.1',
        port: Number(new URL(PushReceiver.#open.#url).port),
      }
    )
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
    const server = createServer()
    server.unref()
    server.on('session', (session) => session.unref())
    server.on('stream', (stream, headers) => this.#accept(stream, headers))
    await new Promise<void>((resolve, reject) => {
      // A connection that later can't be accepted is an error too, and the next one may be.
      server.on('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    PushReceiver.#open = this
    return this
  }

  /** The SDK's option that makes its core push here. */
  get exporter(): MetricsExporterConfig {
    return {
      attachServiceName: false,
      otel: {
        url: this.#url,
        headers: { authorization: this.#authorization },
        metricsExportInterval: '1s',
        // What did not change is not pushed again.
        temporality: 'delta',
      },
    }
  }

  /** Calls a function with the points of each push from now on. */
  listen(listener: (points: readonly OtlpPoint[]) => void): void {
    this.#listeners.add(listener)
  }

  unlisten(listener: (points: readonly OtlpPoint[]) => void): void {
    this.#listeners.delete(listener)
  }

  #isFromCore({ authorization = '' }: IncomingHttpHeaders): boolean {
    const sent = Buffer.from(authorization)
    const expected = Buffer.from(this.#authorization)
    return sent.length === expected.length && timingSafeEqual(sent, expected)
  }

  #accept(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // The core gives a push up after some seconds, such as while this process is blocked.
    stream.on('error', () => undefined)
    if (!this.#isFromCore(headers)) {
      stream.respond({ ':status': 401 }, { endStream: true })
      stream.close()
      return
    }
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (stream.aborted || stream.destroyed) return
      const status = this.#receive(Buffer.concat(chunks)) ? '0' : unreadable
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
      stream.end(emptyMessage)
    })
  }

  /** Returns whether a message could be read. */
  #receive(frame: Buffer): boolean {
    try {
      const points = readOtlpPoints(frame.subarray(frameHeaderBytes)).map((point) =>
        point.kind === 'gauge' ? { ...point, attributes: this.#attributesOf(point) } : point,
      )
      for (const listener of this.#listeners) listener(points)
      return true
    } catch {
      return false
    }
  }

  #attributesOf({ attributes }: OtlpPoint): OtlpPoint['attributes'] {
    const names = Object.keys(attributes).toSorted()
    const text = JSON.stringify(names.map((name) => [name, attributes[name]]))
    const known = this.#gauges.get(text) ?? attributes
    this.#gauges.set(text, known)
    return known
  }
}
