/**
 * `npm run bench:fleet`: simulates how processes share the queries to Temporal, second by second,
 * and prints a table: queries a second of all processes, refusals at Temporal's visibility limit,
 * and the age of answers. It uses the fleet's own ownership and query periods; time and Temporal
 * are simulated.
 */
import { createOwners } from '../engine/infra/monitoring/adapters/fleet.ts'
import { burstQueries } from '../engine/infra/monitoring/adapters/query-budget.ts'

const intervalSeconds = 15
const budgetPerSecond = 4
/** Processes start within a minute of one another. */
const startWithinSeconds = 60
/** Temporal's default for visibility: queries a second and namespace. */
const visibilityLimit = 10
const simulatedSeconds = 900
const warmUpSeconds = 600
/** Queries besides one per workflow: `other`, stuck runs, closes. */
const commonQueries = ['other', 'stuck', 'closes']

interface Outcome {
  readonly perSecond: number
  readonly peak: number
  readonly refused: number
  readonly describePerSecond: number
  readonly medianAge: number
  readonly maxAge: number
}

interface SimulatedProcess {
  readonly keys: { askedAt: number; answeredAt: number }[]
  readonly startsAt: number
  tokens: number
}

/** A reproducible random number from 0 to 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Shares the keys among processes; without sharing, each process asks them all. */
function createProcesses(
  processes: number,
  keys: readonly string[],
  shared: boolean,
  random: () => number,
) {
  const identities = Array.from({ length: processes }, (_, i) => `${i}@host-${i}`)
  const fleet = new Map<string, SimulatedProcess>(
    identities.map((identity) => [
      identity,
      { keys: [], tokens: 1, startsAt: Math.floor(random() * startWithinSeconds) },
    ]),
  )
  const ownerOf = createOwners(identities)
  for (const key of keys) {
    const owners = shared ? [ownerOf(key)!] : identities
    for (const owner of owners)
      fleet.get(owner)!.keys.push({ askedAt: -Infinity, answeredAt: -Infinity })
  }
  return [...fleet.values()]
}

function simulate(processes: number, workflows: number, shared: boolean): Outcome {
  const keys = [
    ...Array.from({ length: workflows }, (_, i) => `executions w${i}`),
    ...commonQueries,
  ]
  const random = createRandom(processes * 1_000 + workflows)
  const fleet = createProcesses(processes, keys, shared, random)
  const most = shared ? Math.max(1, burstQueries / processes) : Infinity
  const share = shared ? budgetPerSecond / processes : Infinity
  let [asked, refused, peak] = [0, 0, 0]
  const ages: number[] = []
  for (let second = 0; second < simulatedSeconds; second++) {
    let [inSecond, answered] = [0, 0]
    for (const member of fleet) {
      if (second < member.startsAt) continue
      member.tokens = Math.min(most, member.tokens + share)
      const due = member.keys
        .filter(({ askedAt }) => second - askedAt >= intervalSeconds)
        .toSorted((a, b) => a.askedAt - b.askedAt)
      for (const key of due.slice(0, Math.floor(Math.min(due.length, member.tokens)))) {
        member.tokens -= 1
        inSecond++
        const accepted = answered++ < visibilityLimit
        key.askedAt = accepted ? second : second - Math.floor(random() * intervalSeconds)
        if (accepted) key.answeredAt = second
      }
    }
    if (second < warmUpSeconds) continue
    asked += inSecond
    refused += Math.max(0, inSecond - visibilityLimit)
    peak = Math.max(peak, inSecond)
    if (second % 30 === 0)
      for (const { keys: own } of fleet) for (const key of own) ages.push(second - key.answeredAt)
  }
  const seconds = simulatedSeconds - warmUpSeconds
  const sorted = ages.toSorted((a, b) => a - b)
  const period = shared ? Math.max(intervalSeconds, processes / 10) : intervalSeconds
  return {
    perSecond: asked / seconds,
    peak,
    refused: asked === 0 ? 0 : refused / asked,
    describePerSecond: (processes / period) * (shared ? 1 : 2),
    medianAge: sorted[Math.floor(sorted.length / 2)] ?? 0,
    maxAge: sorted.at(-1) ?? 0,
  }
}

const age = (seconds: number): string => (Number.isFinite(seconds) ? `${seconds} s` : 'never')

console.log(
  '| processes | workflows | sharing | visibility queries/s | peak/s | refused | task queue queries/s | age p50 | age max |\n|---|---|---|---|---|---|---|---|---|',
)
for (const processes of [1, 10, 100, 1_000]) {
  for (const workflows of [10, 100, 1_000]) {
    for (const shared of [false, true]) {
      // A thousand processes that ask everything themselves add nothing to what a hundred show.
      if (!shared && processes * workflows > 100_000) continue
      const found = simulate(processes, workflows, shared)
      console.log(
        `| ${processes} | ${workflows} | ${shared ? 'yes' : 'no'} | ${found.perSecond.toFixed(1)} | ${found.peak} | ${(found.refused * 100).toFixed(0)} % | ${found.describePerSecond.toFixed(1)} | ${age(found.medianAge)} | ${age(found.maxAge)} |`,
      )
    }
  }
}
