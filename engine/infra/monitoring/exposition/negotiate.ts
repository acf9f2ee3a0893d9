import type { Format } from './format.ts'

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

/** Returns the highest quality of some offers, if there are any. */
const highest = (offers: readonly Offer[]): number | undefined =>
  offers.length === 0 ? undefined : Math.max(...offers.map(({ quality }) => quality))

/** Returns the highest quality of the offers of a type and version, if there are any. */
function qualityOf(offers: readonly Offer[], type: string, version: string): number | undefined {
  const named = offers.filter((offer) => {
    const asked = offer.parameters['version']
    return offer.type === type && (asked === undefined || asked === version)
  })
  return highest(named)
}

/** Reports whether an offer is for the protobuf messages that Prometheus reads. */
function isProtobuf({ type, parameters: { proto, encoding } }: Offer): boolean {
  return (
    type === 'application/vnd.google.protobuf' &&
    proto === 'io.prometheus.client.MetricFamily' &&
    encoding === 'delimited'
  )
}

/**
 * Returns the format for an Accept header: the one of the highest quality, and of equals the one
 * that says more. Protobuf and OpenMetrics must be named; a scrape with an unknown header gets
 * text, not 406. The `escaping` of Prometheus 3 changes nothing: no name needs it.
 */
export function negotiateFormat(accept: string | undefined): Format {
  const offers = parseAccept(accept ?? '')
  const text =
    qualityOf(offers, 'text/plain', '0.0.4') ??
    qualityOf(offers, 'text/*', '') ??
    qualityOf(offers, '*/*', '') ??
    0
  const openmetrics = qualityOf(offers, 'application/openmetrics-text', '1.0.0') ?? 0
  const protobuf = highest(offers.filter(isProtobuf)) ?? 0
  if (protobuf > 0 && protobuf >= openmetrics && protobuf >= text) return 'protobuf'
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text'
}

/** Reports whether the client accepts gzip. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  const offers = parseAccept(header)
  const gzip = offers.find(({ type }) => type === 'gzip') ?? offers.find(({ type }) => type === '*')
  return gzip !== undefined && gzip.quality > 0
}
