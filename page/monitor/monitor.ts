import { askForToken, tokenHeader } from '../api/token.ts'
import { AlertEvaluator, type ActiveAlert } from './alerts.ts'
import type { MonitorQueries } from './monitor-queries.ts'
import { parseExposition } from '../../promql/parse-exposition.ts'
import { evaluateVector } from '../../promql/evaluate.ts'
import { pickLabels, type Labels } from '../../promql/value.ts'
import { SampleStore } from '../../promql/sample-store.ts'

/** How often the endpoint is scraped, ms. */
export const scrapeEveryMs = 10_000

/** How long samples are kept, ms. */
const keptMs = 15 * 60_000

/** One line of a chart: values at the times of the scrapes; null where there is none. */
export interface Line {
  readonly legend: string
  readonly values: readonly (number | null)[]
}

/** What a scrape left. */
export interface MonitorState {
  readonly store: SampleStore
  /** Times of the scrapes, ms. */
  readonly times: readonly number[]
  readonly alerts: readonly ActiveAlert[]
  /** Why the last scrape failed. */
  readonly error: string | undefined
}

/**
 * Scrapes the endpoint of this process as a Prometheus would, keeps 15 minutes, and evaluates the
 * shipped alerts after each scrape.
 */
export class Monitor {
  readonly #path: string
  readonly #queries: MonitorQueries['queries']
  readonly #wanted: ReadonlySet<string>
  readonly #store = new SampleStore(keptMs)
  readonly #evaluator: AlertEvaluator
  readonly #listeners = new Set<(state: MonitorState) => void>()
  readonly #results = new Map<string, Map<number, ReturnType<typeof evaluateVector>>>()
  #times: readonly number[] = []
  #state: MonitorState
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(path: string, { rules, queries, names }: MonitorQueries) {
    this.#path = path
    this.#queries = queries
    this.#wanted = new Set(names)
    this.#evaluator = new AlertEvaluator(rules)
    this.#state = { store: this.#store, times: [], alerts: [], error: undefined }
  }

  get state(): MonitorState {
    return this.#state
  }

  /** Calls the listener after every scrape; scrapes while anybody listens. */
  subscribe(listener: (state: MonitorState) => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) void this.#run()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) clearTimeout(this.#timer)
    }
  }

  async #run(): Promise<void> {
    const next = performance.now() + scrapeEveryMs
    await this.#scrape()
    for (const listener of this.#listeners) listener(this.#state)
    clearTimeout(this.#timer)
    if (this.#listeners.size > 0)
      this.#timer = setTimeout(() => void this.#run(), Math.max(0, next - performance.now()))
  }

  /**
   * Asks for the scrape; where the page's own route has it, with the token of the API. Answer and
   * body must arrive before the next scrape is due.
   */
  async #ask(): Promise<Response> {
    const isOwn = this.#path.startsWith('/page/')
    const accept = { accept: 'text/plain;version=0.0.4' }
    const response = await fetch(this.#path, {
      headers: isOwn ? { ...accept, ...tokenHeader() } : accept,
      signal: AbortSignal.timeout(scrapeEveryMs),
    })
    if (isOwn && response.status === 401) askForToken()
    return response
  }

  async #scrape(): Promise<void> {
    const at = Date.now()
    const target = { job: 'compozy', instance: location.host }
    const own = (name: string, value: number) => ({ labels: { ...target, __name__: name }, value })
    let error: string | undefined
    try {
      const response = await this.#ask()
      if (!response.ok) throw new Error(`the scrape was answered ${response.status}`)
      const text = await response.text()
      const samples = parseExposition(text, target, this.#isWanted)
      const seconds = own('scrape_duration_seconds', (Date.now() - at) / 1_000)
      this.#store.add([...samples, own('up', 1), seconds], at)
    } catch (failure) {
      error = explain(failure as Error)
      this.#store.add([own('up', 0)], at)
    }
    this.#times = [...this.#times, at].filter((time) => time > at - keptMs)
    const alerts = this.#evaluator.evaluate(this.#store, at)
    this.#state = { store: this.#store, times: this.#times, alerts, error }
  }

  readonly #isWanted = (name: string): boolean => this.#wanted.has(name)

  /** The lines of a query over the kept scrapes. Each moment is evaluated once. */
  linesOf({ query, legend }: { readonly query: string; readonly legend: string }): Line[] {
    const known = this.#results.get(query) ?? new Map<number, ReturnType<typeof evaluateVector>>()
    this.#results.set(query, known)
    for (const time of known.keys()) if (!this.#times.includes(time)) known.delete(time)
    for (const time of this.#times)
      if (!known.has(time))
        known.set(time, evaluateVector(this.#queries[query]!, this.#store, time))
    const lines = new Map<string, (number | null)[]>()
    for (const [i, time] of this.#times.entries())
      for (const { labels, value } of known.get(time) ?? []) {
        const name = nameLine(legend, labels)
        const values = lines.get(name) ?? this.#times.map(() => null)
        values[i] = Number.isFinite(value) ? value : null
        lines.set(name, values)
      }
    return [...lines].map(([name, values]) => ({ legend: name, values }))
  }
}

/** Says to a person why a scrape failed. */
function explain(failure: Error): string {
  if (failure.name === 'TimeoutError')
    return `The scrape got no answer within ${scrapeEveryMs / 1_000} s.`
  return failure instanceof TypeError ? 'The scrape got no answer.' : failure.message
}

/** Fills `{label}` in. */
function nameLine(legend: string, labels: Labels): string {
  return legend.replace(/\{(\w+)\}/g, (_, name: string) => pickLabels(labels, [name])[name] ?? '')
}
