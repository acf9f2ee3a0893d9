import { shuffled } from '../rounds.ts'

const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** A whole GET request as it is sent. */
export const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`

/** What a request is for, as figures name it. */
export type RequestName = 'workflows' | 'workflow' | 'tools' | 'health' | 'runs' | 'start'

/** A kind of request, as it is sent, and its share. */
interface MixedRequest {
  readonly name: RequestName
  readonly request: string
  readonly per1000: number
}

/**
 * What clients of an installation ask for, per 1,000 requests. A start is 0.5 %: more would measure
 * Temporal.
 */
export const mix: readonly MixedRequest[] = [
  { name: 'workflows', request: get('/api/v0/workflows'), per1000: 300 },
  { name: 'workflow', request: get('/api/v0/workflows/order'), per1000: 400 },
  { name: 'tools', request: get('/api/v0/tools'), per1000: 150 },
  { name: 'health', request: get('/healthz'), per1000: 130 },
  { name: 'runs', request: get('/api/v0/executions/workflows?limit=5'), per1000: 15 },
  {
    name: 'start',
    request: post(
      '/api/v0/workflows/order/executions',
      '{"input":{"items":[{"sku":"apple","quantity":3}]}}',
    ),
    per1000: 5,
  },
]

/** Requests a second of the specified load. */
export const perSecond = 1_000

/** The fewest requests that hold the mix exactly. */
export const wholeMix = 200

/** The requests of one whole mix, as indexes into {@link mix}, in an order that is drawn. */
export const drawMix = (random: () => number): number[] =>
  shuffled(
    mix.flatMap(({ per1000 }, i) => Array.from({ length: (per1000 * wholeMix) / 1_000 }, () => i)),
    random,
  )

/** So many whole mixes, each in an order of its own. */
export const drawMixes = (mixes: number, random: () => number): number[] =>
  Array.from({ length: mixes }, () => drawMix(random)).flat()
