import { setTimeout as sleep } from 'node:timers/promises'
import { defined } from '../../engine/core/defined.ts'
import type { PrometheusServer } from '../support/prometheus.ts'
import type { Fault } from './fault.ts'
import type { Field } from './field.ts'
import { paceMs } from './pace.ts'

/** What one Prometheus said of one fault. Times in seconds of the game day. */
export interface Heard {
  /** By alert, from the beginning of the fault. */
  readonly fired: Readonly<Record<string, number>>
  /** From the end of the fault until the last expected alert has ended; absent: it did not. */
  readonly ended?: number
  /** True consequences that fired. */
  readonly alsoFired: readonly string[]
  readonly falseAlarms: readonly string[]
}

/** A fault, and what each Prometheus said of it, by version. */
export interface Verdict {
  readonly fault: Fault
  readonly skipped?: string
  readonly heard: Readonly<Record<string, Heard>>
}

interface ActiveAlert {
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
}

/** How long an alert may take to fire, or to end: the longest window and hold that matter. */
const patienceMs = 180_000
const lookEveryMs = 250
const calmMs = 3_000

async function firing(watcher: PrometheusServer): Promise<ReadonlySet<string>> {
  const { alerts } = await watcher.api<{ alerts: ActiveAlert[] }>('alerts')
  const names = alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels }) => labels['alertname']!)
  return new Set(names)
}

/** Follows what one Prometheus fires, from now until stopped. */
function listen(watcher: PrometheusServer) {
  const began = performance.now()
  const fired: Record<string, number> = {}
  let now: ReadonlySet<string> = new Set()
  const stopping = new AbortController()
  async function look(): Promise<void> {
    while (!stopping.signal.aborted) {
      now = await firing(watcher).catch(() => now)
      for (const name of now) fired[name] ??= (performance.now() - began) / 1_000
      await sleep(lookEveryMs)
    }
  }
  const looking = look()
  return {
    fired,
    now: () => now,
    async stop() {
      stopping.abort()
      await looking
    },
  }
}

async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (!condition() && performance.now() < deadline) await sleep(lookEveryMs)
  return condition()
}

/** Waits until no alert fires or is about to, for some seconds. */
export async function untilCalm(field: Field, timeoutMs = patienceMs): Promise<void> {
  const watchers = Object.values(field.watchers)
  const active = async (): Promise<string[]> => {
    const answers = await Promise.all(
      watchers.map((watcher) => watcher.api<{ alerts: ActiveAlert[] }>('alerts')),
    )
    return answers.flatMap(({ alerts }) => alerts.map(({ labels }) => labels['alertname']!))
  }
  const deadline = performance.now() + timeoutMs
  let calmSince = performance.now()
  while (performance.now() - calmSince < calmMs) {
    const names = await active()
    if (names.length > 0) calmSince = performance.now()
    if (performance.now() > deadline) throw new Error(`still active: ${names.join(', ')}`)
    await sleep(lookEveryMs)
  }
}

/** Lets one fault happen and end, and tells what was heard of it. */
export async function runFault(field: Field, fault: Fault): Promise<Verdict> {
  const skipped = fault.cannotRun?.(field)
  if (skipped !== undefined) return { fault, skipped, heard: {} }
  await field.settled()
  await untilCalm(field)
  const ears = Object.entries(field.watchers).map(([version, watcher]) => ({
    version,
    ear: listen(watcher),
    ended: undefined as number | undefined,
  }))
  try {
    await Promise.all([fault.begin(field), sleep(paceMs(fault.lastsSeconds))])
    const allHeard = (): boolean =>
      ears.every(({ ear }) => fault.expects.every((name) => name in ear.fired))
    await until(allHeard, patienceMs)
    const endedAt = performance.now()
    await fault.end(field)
    const silent = (ear: (typeof ears)[number]): boolean =>
      !fault.expects.some((name) => ear.ear.now().has(name))
    await until(() => {
      for (const each of ears)
        if (silent(each)) each.ended ??= (performance.now() - endedAt) / 1_000
        else each.ended = undefined
      return ears.every(silent)
    }, patienceMs)
    // What comes late is a false alarm too.
    await sleep(paceMs(120))
    await untilCalm(field).catch(() => undefined)
  } finally {
    await Promise.all(ears.map(({ ear }) => ear.stop()))
  }
  const expected = new Set(fault.expects)
  const alsoTrue = new Set(fault.alsoTrue)
  const heard = ears.map(({ version, ear, ended }): [string, Heard] => {
    const others = Object.keys(ear.fired).filter((name) => !expected.has(name))
    const fired = Object.fromEntries(
      Object.entries(ear.fired).filter(([name]) => expected.has(name)),
    )
    return [
      version,
      defined({
        fired,
        ended,
        alsoFired: others.filter((name) => alsoTrue.has(name)),
        falseAlarms: others.filter((name) => !alsoTrue.has(name)),
      }),
    ]
  })
  return { fault, heard: Object.fromEntries(heard) }
}

/** Reports whether each Prometheus fired what it should, ended it, and nothing else. */
export const isRight = ({ fault, heard }: Verdict): boolean =>
  Object.values(heard).every(
    ({ fired, ended, falseAlarms }) =>
      fault.expects.every((name) => name in fired) &&
      ended !== undefined &&
      falseAlarms.length === 0,
  )
