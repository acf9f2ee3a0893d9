import type { Format } from './write.ts'

interface Offer {
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly quality: number
}

/** Parses the entries of an Accept or Accept-Encoding header. */
function parseAccept(header: string): Offer[] {
  return header.split(',').map((entry) => {
    const [type = '', ...rest] = entry.split(';').map((part) => part.trim())
    const parameters = Object.fromEntries(
      rest
        .map((part) => part.split('=', 2) as [string, string | undefined])
        .map(([k, v]) => [k.toLowerCase(), (v ?? '').replace(/^"(.*)"$/, '$1')]),
    )
    const quality = parameters['q'] === undefined ? 1 : Number(parameters['q'])
    return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 }
  })
}

/** Returns the highest quality of the offers of a type and version, if there are any. */
function qualityOf(offers: readonly Offer[], type: string, version: string): number | undefined {
  const named = offers.filter((offer) => {
    const asked = offer.parameters['version']
    return offer.type === type && (asked === undefined || asked === version)
  })
  return named.length === 0 ? undefined : Math.max(...named.map(({ quality }) => quality))
}

/**
 * Returns the format for an Accept header: OpenMetrics 1.0 when the header names it with at least
 * the quality of text, and text otherwise. A scrape with an unknown header gets text, not 406.
 */
export function negotiateFormat(accept: string | undefined): Format {
  const offers = parseAccept(accept ?? '')
  const openmetrics = qualityOf(offers, 'application/openmetrics-text', '1.0.0') ?? 0
  const text =
    qualityOf(offers, 'text/plain', '0.0.4') ??
    qualityOf(offers, 'text/*', '') ??
    qualityOf(offers, '*/*', '') ??
    0
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text'
}

/** Reports whether the client accepts gzip. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  const offers = parseAccept(header)
  const gzip = offers.find(({ type }) => type === 'gzip') ?? offers.find(({ type }) => type === '*')
  return gzip !== undefined && gzip.quality > 0
}
