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
        .map(([k, v]) => [k.toLowerCase(), (v ?? '').replace(/^"(.*)"$/, '$1')]),
    )
    const quality = parameters['q'] === undefined ? 1 : Number(parameters['q'])
    return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 }
  })
}

/** The most that the offers of this type, in this version or in any, say; undefined where there is none. */
function qualityOf(offers: readonly Offer[], type: string, version: string): number | undefined {
  const named = offers.filter((offer) => {
    const asked = offer.parameters['version']
    return offer.type === type && (asked === undefined || asked === version)
  })
  return named.length === 0 ? undefined : Math.max(...named.map(({ quality }) => quality))
}

/**
 * The format for an Accept header: OpenMetrics 1.0 only where it is asked for by name and at least as much as text;
 * text in every other case, also for a header that nothing fits: a scrape that gets something beats one that gets 406.
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

/** Whether gzip is welcome. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  const offers = parseAccept(header)
  const gzip = offers.find(({ type }) => type === 'gzip') ?? offers.find(({ type }) => type === '*')
  return gzip !== undefined && gzip.quality > 0
}
