import { refusal, type ScrapeReply } from './scrape-reply.ts'
import { promisify } from 'node:util'
import { gzip, type ZlibOptions } from 'node:zlib'
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { longestTimerMs } from '../../../core/limits.ts'
import type { ScrapeCode } from '../families/self.ts'
import type { CollectError } from '../instruments/registry.ts'
import { inTurns, type Interruptible } from '../instruments/turns.ts'
import { createMeterAdmission } from './meter-families.ts'
import { acceptsGzip, negotiateFormat } from './negotiate.ts'
import { contentTypes, type Format } from './format.ts'
import { createProtobufWriter, type HistogramMode } from './protobuf.ts'
import { createTextWriter, type TextOptions } from './write.ts'

const gzipAsync = promisify<Buffer, ZlibOptions, Buffer>(gzip)

/**
 * The fastest level: a fifth of the CPU of the default for a fifth more bytes. Large chunks: each
 * one that a thread fills costs the event loop a turn.
 */
const gzipOptions = { level: 1, chunkSize: 65_536 }

/** Smaller replies are not compressed. */
const gzipFromBytes = 1_024

/** What a scrape asks for, and who asks. */
export interface ScrapeRequest {
  readonly accept: string | undefined
  readonly acceptEncoding: string | undefined
  /** `X-Prometheus-Scrape-Timeout-Seconds`. */
  readonly timeout?: string | undefined
  /** `User-Agent`. It and the address tell the scrapers apart that a stop waits for. */
  readonly userAgent?: string | undefined
  /** IP address of the client. */
  readonly remoteAddress?: string | undefined
}

/** Answers scrapes. */
export interface Exposition {
  scrape(request: ScrapeRequest): Promise<ScrapeReply>
}

/** Options of an exposition. */
export interface ExpositionOptions extends TextOptions {
  /** The histograms in the protobuf format; the text formats have the classic ones. */
  readonly histograms: HistogramMode
  readonly collect: () => Promise<CollectionResult>
  /** `fail`: an unreadable family makes the scrape a 500; `serve`: the others are served. */
  readonly collectErrors: 'fail' | 'serve'
  /** Called for each family that could not be read. */
  readonly onCollectError: (error: CollectError) => void
  /** Called for each family of the Meter at its cardinality limit. */
  readonly onFull?: (family: string) => void
  /** Called for each reply. */
  readonly onScrape: (code: ScrapeCode, seconds: number, request: ScrapeRequest) => void
  /** Called with the number of series written. */
  readonly onSeries: (count: number) => void
}

const failed = refusal(500, 'collecting the metrics failed; see the log')

/** Returns the scrape timeout of the scraper in ms, if it sends one that a timer can wait for. */
function scrapeTimeoutOf(header: string | undefined): number | undefined {
  const ms = Number(header ?? NaN) * 1_000
  return ms > 0 && ms <= longestTimerMs ? ms : undefined
}

const late = Symbol('late')

/** Returns the result of the work, or `late` when the time is up first. */
async function within<T>(ms: number | undefined, work: Promise<T>): Promise<T | typeof late> {
  if (ms === undefined) return work
  let timer: NodeJS.Timeout | undefined
  const up = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), ms)
  })
  return Promise.race([work, up]).finally(() => clearTimeout(timer))
}

const isCollectError = (error: unknown): error is CollectError =>
  typeof error === 'object' && error !== null && 'collector' in error

/**
 * Creates the handler of scrapes. A failure is a status with its reason, never a 200 that hides it.
 * Concurrent scrapes share one collection, and one text per format. Collecting and writing yield to
 * the event loop every millisecond; compressing runs in a thread of Node.js.
 */
export function createExposition(options: ExpositionOptions): Exposition {
  const { collect, collectErrors, onCollectError, onFull, onScrape, onSeries } = options
  const text = createTextWriter(options)
  const protobuf = createProtobufWriter(options.histograms)
  const admitMeterFamilies = createMeterAdmission()
  const running = new Map<string, Promise<unknown>>()

  function shared<T>(key: string, work: () => Promise<T>): Promise<T> {
    const found = running.get(key) as Promise<T> | undefined
    if (found !== undefined) return found
    const started = work().finally(() => running.delete(key))
    running.set(key, started)
    return started
  }

  /** Returns undefined when a family could not be read and the scrape must fail. */
  async function collectAll(): Promise<ResourceMetrics | undefined> {
    let collection: CollectionResult
    try {
      collection = await collect()
    } catch (error) {
      onCollectError({ collector: 'exposition', error })
      return undefined
    }
    const { result, errors: clashes, full } = admitMeterFamilies(collection)
    const errors = [...result.errors, ...clashes].map((error) =>
      isCollectError(error) ? error : { collector: 'meter', error },
    )
    for (const error of errors) onCollectError(error)
    for (const family of full) onFull?.(family)
    return errors.length > 0 && collectErrors === 'fail' ? undefined : result.resourceMetrics
  }

  /** Returns the bytes of an exposition, copied piece by piece: at once they would take long. */
  function* encode(metrics: ResourceMetrics, format: Format): Interruptible<Buffer> {
    const parts: Uint8Array[] = []
    let [samples, length] = [0, 0]
    const pieces = format === 'protobuf' ? protobuf.write(metrics) : text.write(metrics, format)
    for (const { chunk, samples: added } of pieces) {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      parts.push(part)
      samples += added
      length += part.length
      yield
    }
    onSeries(samples)
    const body = Buffer.allocUnsafeSlow(length)
    let at = 0
    for (const part of parts) {
      body.set(part, at)
      at += part.length
      yield
    }
    return body
  }

  async function write(format: Format): Promise<Buffer | undefined> {
    const metrics = await shared('collect', collectAll)
    return metrics && inTurns(encode(metrics, format))
  }

  async function answer({ accept, acceptEncoding }: ScrapeRequest): Promise<ScrapeReply> {
    const format = negotiateFormat(accept)
    const exposition = await shared(format, () => write(format))
    if (exposition === undefined) return failed
    const headers = { 'content-type': contentTypes[format], vary: 'Accept, Accept-Encoding' }
    if (exposition.length < gzipFromBytes || !acceptsGzip(acceptEncoding))
      return { status: 200, headers, body: exposition }
    const body = await shared(`${format} gzip`, () => gzipAsync(exposition, gzipOptions))
    return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body }
  }

  return {
    async scrape(request) {
      const startedAt = performance.now()
      const ended = (code: ScrapeCode): void =>
        onScrape(code, (performance.now() - startedAt) / 1_000, request)
      try {
        const reply = await within(scrapeTimeoutOf(request.timeout), answer(request))
        if (reply === late) {
          ended('503')
          return refusal(
            503,
            `collecting took longer than the scrape timeout of ${request.timeout} s`,
          )
        }
        ended(reply === failed ? '500' : '200')
        return reply
      } catch (error) {
        onCollectError({ collector: 'exposition', error })
        ended('500')
        return failed
      }
    },
  }
}
