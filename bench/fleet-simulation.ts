/**
 * `npm run bench:fleet`: simulates how processes share the queries to Temporal, second by second,
 * and writes bench/results/fleet-simulation.md with a plot: queries a second of all processes,
 * refusals at Temporal's visibility limit, and the age of answers. A tenth of the processes is
 * killed in between. It uses the fleet's own ownership, shares and periods; time and Temporal are
 * simulated.
 */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createOwners } from '../engine/infra/monitoring/reconcile/fleet.ts'
import { burstQueries } from '../engine/infra/monitoring/reconcile/query-budget.ts'
import { growthPlot, type Growth } from './plot.ts'

const intervalSeconds = 15
const budgetPerSecond = 4
/** Processes start within a minute of one another. */
const startWithinSeconds = 60
/** Temporal's default for visibility: queries a second and namespace. */
const visibilityLimit = 10
const simulatedSeconds = 1_800
const warmUpSeconds = 600
/** When every tenth process is killed. */
const killedAtSecond = 1_000
/** Queries besides one per workflow. */
const commonQueries = [
  'executions other',
  'stuck',
  'closes',
  'backlog workflow',
  'backlog activity',
]

interface Outcome {
  readonly perSecond: number
  readonly peak: number
  readonly refused: number
  readonly fleetPerSecond: number
  readonly medianAge: number
  readonly maxAge: number
}

interface Key {
  readonly name: string
  askedAt: number
  answeredAt: number
}

interface SimulatedProcess {
  readonly identity: string
  readonly startsAt: number
  readonly diesAt: number
  keys: Key[]
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

function createProcesses(processes: number, random: () => number): SimulatedProcess[] {
  return Array.from({ length: processes }, (_, i) => ({
    identity: `${i}@host-${i}`,
    startsAt: Math.floor(random() * startWithinSeconds),
    diesAt: processes > 1 && i % 10 === 0 ? killedAtSecond : Infinity,
    keys: [],
    tokens: random(),
  }))
}

/** Gives each key to its owner among the live; without sharing, each process asks them all. */
function assign(fleet: readonly SimulatedProcess[], keys: readonly Key[], shared: boolean): void {
  const ownerOf = createOwners(fleet.map(({ identity }) => identity))
  for (const member of fleet) member.keys = shared ? [] : keys.map((key) => ({ ...key }))
  if (!shared) return
  const byIdentity = new Map(fleet.map((member) => [member.identity, member]))
  for (const key of keys) byIdentity.get(ownerOf(key.name)!)!.keys.push(key)
}

/** Seconds between two heartbeats of a process, as the fleet has them. */
const beatSeconds = (processes: number): number => Math.max(5, processes / 30)

function simulate(processes: number, workflows: number, shared: boolean): Outcome {
  const names = [
    ...Array.from({ length: workflows }, (_, i) => `executions w${i}`),
    ...commonQueries,
  ]
  const keys = names.map((name): Key => ({ name, askedAt: -Infinity, answeredAt: -Infinity }))
  const random = createRandom(processes * 1_000 + workflows)
  let fleet = createProcesses(processes, random)
  assign(fleet, keys, shared)
  let [asked, refused, peak] = [0, 0, 0]
  const ages: number[] = []
  for (let second = 0; second < simulatedSeconds; second++) {
    // Three heartbeats are missed, and the others read at different times.
    if (second === killedAtSecond + Math.ceil(3 * beatSeconds(processes)) && processes > 1) {
      const left = fleet.filter(({ diesAt }) => diesAt <= second).flatMap((member) => member.keys)
      fleet = fleet.filter(({ diesAt }) => diesAt > second)
      if (shared) assign(fleet, keys, shared)
      for (const key of left)
        key.askedAt = second - intervalSeconds + Math.ceil(random() * 2 * beatSeconds(processes))
    }
    let [inSecond, answered] = [0, 0]
    for (const member of fleet) {
      if (second < member.startsAt || second >= member.diesAt) continue
      // In proportion to what it owns, so that every key waits as long.
      const part = shared ? Math.max(1, member.keys.length) / keys.length : 1
      const most = shared ? Math.max(1, burstQueries * part) : Infinity
      member.tokens = Math.min(most, member.tokens + (shared ? budgetPerSecond * part : Infinity))
      const due = member.keys
        .filter(({ askedAt }) => second - askedAt >= intervalSeconds)
        .toSorted((a, b) => a.askedAt - b.askedAt)
      for (const key of due.slice(0, Math.floor(Math.min(due.length, member.tokens)))) {
        member.tokens -= 1
        inSecond++
        const accepted = answered++ < visibilityLimit
        key.askedAt = accepted ? second : second - Math.floor(random() * intervalSeconds)
        if (accepted) key.answeredAt = second
        else if (most === 1) member.tokens = random()
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
  return {
    perSecond: asked / seconds,
    peak,
    refused: asked === 0 ? 0 : refused / asked,
    // A heartbeat, and half as often a list of them.
    fleetPerSecond: shared ? (processes / beatSeconds(processes)) * 1.5 : 0,
    medianAge: sorted[Math.floor(sorted.length / 2)] ?? 0,
    maxAge: sorted.at(-1) ?? 0,
  }
}

const age = (seconds: number): string => (Number.isFinite(seconds) ? `${seconds} s` : 'never')
const rows: string[] = []
const lines: Growth[] = []

for (const workflows of [10, 100, 1_000]) {
  const points: { x: number; y: number }[] = []
  lines.push({ label: `${workflows} workflows`, points, ours: true })
  for (const processes of [1, 10, 100, 1_000]) {
    for (const shared of [false, true]) {
      // A thousand processes that ask everything themselves add nothing to what a hundred show.
      if (!shared && processes * workflows > 10_000) continue
      const found = simulate(processes, workflows, shared)
      // A plot needs an end.
      if (shared) points.push({ x: processes, y: Math.min(found.maxAge, simulatedSeconds) })
      rows.push(
        `| ${processes} | ${workflows} | ${shared ? 'yes' : 'no'} | ${found.perSecond.toFixed(1)} | ${found.peak} | ${(found.refused * 100).toFixed(0)} % | ${found.fleetPerSecond.toFixed(1)} | ${age(found.medianAge)} | ${age(found.maxAge)} |`,
      )
      console.log(rows.at(-1))
    }
  }
}

const results = resolve(import.meta.dirname, 'results')
writeFileSync(
  resolve(results, 'fleet-simulation.svg'),
  growthPlot('Oldest answer by the number of processes', 's', lines, 'processes'),
)
writeFileSync(
  resolve(results, 'fleet-simulation.md'),
  `# Sharing queries to Temporal: simulation

From \`npm run bench:fleet\`: interval ${intervalSeconds} s, budget ${budgetPerSecond} queries per second, Temporal's default visibility limit of ${visibilityLimit} per second. All processes
start within a minute, and every tenth is killed in minute ${Math.round(killedAtSecond / 60)}; the numbers are from minute ${warmUpSeconds / 60} to ${simulatedSeconds / 60}. Without sharing, each process asks every query
and retries what is refused. Heartbeats and lists of them are no visibility queries.

| processes | workflows | sharing | visibility queries/s | peak/s | refused | heartbeats and lists/s | age p50 | age max |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

With sharing, every workflow is answered, whatever the number of processes. Where the budget is short, an answer waits for workflows /
budget seconds; the age at most is twice that, plus what a killed process leaves behind.

![Oldest answer by the number of processes](fleet-simulation.svg)
`,
)
