import type { Format } from './write.ts'

interface Offer {
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly quality: number
}

/** The entries of an Accept or Accept-Encoding header. */
function parseAccept(header: string): Offer[] {
  return header.split(',').map((entry) => {
    const [type = '', ...rest] = entry.split(';').map((part) => part.trim())
    const parameters = Object.fromEntries(
      rest
        .map((part) => part.split('=', 2) as [string, string | undefined])
        .map(([k, v]) => [k.toLowerCase(), v ?? '']),
    )
    const quality = parameters['q'] === undefined ? 1 : Number(parameters['q'])
    return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 }
  })
}

/**
 * The format for an Accept header: OpenMetrics 1.0 only where it is asked for at least as much as text; text in every
 * other case, also for a header that nothing fits: a scrape that gets something beats one that gets 406.
 */
export function negotiateFormat(accept: string | undefined): Format {
  if (accept === undefined) return 'text'
  let text = 0
  let openmetrics = 0
  for (const { type, parameters, quality } of parseAccept(accept)) {
    const version = parameters['version']
    if (type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0')) {
      openmetrics = Math.max(openmetrics, quality)
    } else if (type === 'text/plain' && (version === undefined || version === '0.0.4')) {
      text = Math.max(text, quality)
    }
  }
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text'
}

/** Whether gzip is welcome. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  const offers = parseAccept(header)
  const gzip = offers.find(({ type }) => type === 'gzip') ?? offers.find(({ type }) => type === '*')
  return gzip !== undefined && gzip.quality > 0
}
