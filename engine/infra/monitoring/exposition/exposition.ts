import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { acceptsGzip, negotiateFormat } from './negotiate.ts'
import { contentTypes, writeExposition } from './write.ts'

const gzipAsync = promisify(gzip)

/** Below this a reply is not worth packing. */
const gzipFromBytes = 1_024

/** What a scraper asked for. */
export interface ScrapeRequest {
  readonly accept: string | undefined
  readonly acceptEncoding: string | undefined
}

/** What it gets. */
export interface ScrapeReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Answers scrapes. Whatever goes wrong is a 500 with the reason, never a 200 that hides it. */
export interface Exposition {
  scrape(request: ScrapeRequest): Promise<ScrapeReply>
}

const plain = 'text/plain; charset=utf-8'

/** A reply that says why there are no metrics. */
export function refusal(status: number, reason: string): ScrapeReply {
  return {
    status,
    headers: { 'content-type': plain, vary: 'Accept, Accept-Encoding' },
    body: Buffer.from(`${reason}\n`),
  }
}

/** Scrapes at the same time share one collection. */
export function createExposition(
  collect: () => Promise<CollectionResult>,
  onError: (error: unknown) => void,
): Exposition {
  let running: Promise<CollectionResult> | undefined
  const shared = (): Promise<CollectionResult> => {
    running ??= collect().finally(() => (running = undefined))
    return running
  }
  return {
    async scrape({ accept, acceptEncoding }) {
      try {
        const { resourceMetrics, errors } = await shared()
        if (errors.length > 0) throw new AggregateError(errors, 'a collector failed')
        const format = negotiateFormat(accept)
        const text = Buffer.from(writeExposition(resourceMetrics, format))
        const headers = { 'content-type': contentTypes[format], vary: 'Accept, Accept-Encoding' }
        if (text.length < gzipFromBytes || !acceptsGzip(acceptEncoding))
          return { status: 200, headers, body: text }
        return {
          status: 200,
          headers: { ...headers, 'content-encoding': 'gzip' },
          body: await gzipAsync(text),
        }
      } catch (error) {
        onError(error)
        return refusal(500, 'the metrics could not be collected; the log says why')
      }
    },
  }
}
