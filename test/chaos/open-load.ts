import { Agent, request } from 'node:http'
import { ownStatus } from './load-balancer.ts'

/** How a request ended: its status, or how its connection failed. */
type Outcome = number | string

/** Requests by how they ended. */
export type Outcomes = ReadonlyMap<Outcome, number>

interface Response {
  readonly status: number
  readonly text: string
}

/** A client that sends at a rate, whether it is answered or not. */
export interface OpenLoad {
  /** Answers by phase and outcome. */
  readonly answers: ReadonlyMap<string, Outcomes>
  /** Ids of the runs whose start was answered. */
  readonly started: ReadonlySet<string>
  /** Starts that were sent and whose answer was lost or an error: they may have started a run. */
  unanswered(): number
  /** What the requests from now on are counted under. */
  phase(name: string): void
  /** Requests and starts a second from now on, and the bytes that a start carries. */
  rate(reads: number, starts: number, inputBytes?: number): void
  /** Resolves when every request that was sent has ended. */
  drained(): Promise<void>
  stop(): Promise<void>
}

/** Each asks Temporal and a worker: more often, and its development server is what is measured. */
const readsPerRun = 100

const tickMs = 20

/** What the client itself was too late to send is sent at once, up to this much of a second. */
const longestDebt = 0.5

const requestTimeoutMs = 60_000

/** Sends one request; rejects when the connection fails. Far cheaper than fetch at these rates. */
function exchange(agent: Agent, url: string, body?: string): Promise<Response> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const method = body === undefined ? 'GET' : 'POST'
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers, timeout: requestTimeoutMs }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.once('end', () => resolve({ status: answer.statusCode!, text }))
      answer.once('error', reject)
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer')))
    sent.once('error', reject)
    sent.end(body)
  })
}

/** Statuses of requests that did what they should. */
const isGood = (outcome: Outcome): boolean => outcome === 200 || outcome === 202

/** How many requests ended. */
export const sumOf = (outcomes: Outcomes = new Map()): number =>
  [...outcomes.values()].reduce((sum, count) => sum + count, 0)

/** How many requests failed. */
export function failuresOf(outcomes: Outcomes = new Map()): number {
  return [...outcomes]
    .filter(([outcome]) => !isGood(outcome))
    .reduce((sum, [, count]) => sum + count, 0)
}

/** Sends starts of `greet` and reads: lists of workflows, and now and then the newest run. */
export function openLoad(url: string): OpenLoad {
  const agent = new Agent({ keepAlive: true })
  const answers = new Map<string, Map<Outcome, number>>()
  const started = new Set<string>()
  const pending = new Set<Promise<void>>()
  const rates = { reads: 0, starts: 0, inputBytes: 0 }
  const owed = { reads: 0, starts: 0 }
  let phase = 'before'
  let unanswered = 0
  let reads = 0
  let last = ''

  function note(under: string, outcome: Outcome): void {
    const counts = answers.get(under) ?? new Map<Outcome, number>()
    answers.set(under, counts.set(outcome, (counts.get(outcome) ?? 0) + 1))
  }
  async function send(path: string, body?: string): Promise<unknown> {
    const under = phase
    try {
      const { status, text } = await exchange(agent, `${url}/api/v0/${path}`, body)
      note(under, status === ownStatus.targetFailed ? `engine ${text}` : status)
      return isGood(status) ? JSON.parse(text) : undefined
    } catch {
      note(under, 'load balancer lost')
      return undefined
    }
  }
  async function start(): Promise<void> {
    const body = JSON.stringify({ input: { name: 'n', padding: 'x'.repeat(rates.inputBytes) } })
    const answer = await send('workflows/greet/executions', body)
    if (answer === undefined) return void unanswered++
    last = (answer as { exec_id: string }).exec_id
    started.add(last)
  }
  const read = (): Promise<unknown> =>
    send(reads++ % readsPerRun === 0 && last !== '' ? `executions/workflows/${last}` : 'workflows')
  function track(work: Promise<unknown>): void {
    const tracked = work.then(() => void pending.delete(tracked))
    pending.add(tracked)
  }

  let tickedAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const passed = Math.min(longestDebt, (now - tickedAt) / 1_000)
    tickedAt = now
    owed.reads += rates.reads * passed
    owed.starts += rates.starts * passed
    for (; owed.reads >= 1; owed.reads--) track(read())
    for (; owed.starts >= 1; owed.starts--) track(start())
  }, tickMs)
  const drained = async (): Promise<void> => void (await Promise.all(pending))
  return {
    answers,
    started,
    unanswered: () => unanswered,
    phase: (name) => void (phase = name),
    rate: (readRate, startRate, inputBytes = 0) =>
      void Object.assign(rates, { reads: readRate, starts: startRate, inputBytes }),
    drained,
    async stop() {
      clearInterval(timer)
      await drained()
      agent.destroy()
    },
  }
}
