import { mapOf } from '../families/map-of.ts'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import { families } from '../catalogue.ts'
import { runStatuses } from '../catalogue/temporal.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createGuard } from '../adapters/guard.ts'
import { createReconciler } from './reconciler.ts'
import type { ServerClose } from './server-closes.ts'
import type { ServerTruth } from './server-truth.ts'

const away = new CompozyError('temporal_unavailable', 'no server')
const late = new CompozyError('temporal_timeout', 'no answer in time')
const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** Visibility shows a close so late at most. */
const lagMs = 4_000

/** How a process reaches Temporal: a list of closes may arrive late, or nothing at all. */
interface Network {
  slowMs: number
  /** How much longer a list takes for each close in it. */
  perCloseMs: number
  /** A list that takes longer fails after this time. */
  patienceMs: number
  /** How long a heartbeat is under way. */
  beatMs: number
  cut: boolean
}

/** A Temporal that many processes ask, over a network that can be slow or cut for each of them. */
function createTemporal() {
  const closes: (ServerClose & { readonly visibleAt: number })[] = []
  const heartbeats = new Map<string, number>()
  let lists = 0
  return {
    closes,
    lists: () => lists,
    close(lag: number) {
      const closedAt = Date.now()
      const runId = `run-${closes.length}`
      const visibleAt = closedAt + lag
      closes.push({ runId, workflowType: 'order', outcome: 'timed_out', closedAt, visibleAt })
    },
    truthFor(identity: string, network: Network): ServerTruth {
      /** The answer is made at once, and may arrive late. */
      async function answer<T>(make: () => T, delayOf = (_: T): number => 0): Promise<T> {
        if (network.cut) throw away
        const made = make()
        const delayMs = delayOf(made)
        if (delayMs > 0) await sleep(Math.min(delayMs, network.patienceMs))
        if (delayMs > network.patienceMs) throw late
        return made
      }
      return {
        identity,
        executions: () => answer(() => mapOf(runStatuses, () => 0)),
        stuck: () => answer(() => new Map<string, number>()),
        taskQueue: () => answer(() => ({ tasks: 0, ageSeconds: 0 })),
        serverCloses: ({ after, until }) =>
          answer(
            () => {
              lists++
              return closes.filter(
                ({ closedAt, visibleAt }) =>
                  visibleAt <= Date.now() && closedAt > after && closedAt <= until,
              )
            },
            ({ length }) => network.slowMs + length * network.perCloseMs,
          ),
        beat: (note) =>
          answer(
            () => void heartbeats.set(note, Date.now()),
            () => network.beatMs,
          ),
        heartbeats: () =>
          answer(() => [...heartbeats].map(([note, at]) => ({ note, at: at + 0.456_789 }))),
      }
    },
  }
}

function createProcess(temporal: ReturnType<typeof createTemporal>, identity: string) {
  const registry = createRegistry()
  const network: Network = {
    slowMs: 0,
    perCloseMs: 0,
    patienceMs: Infinity,
    beatMs: 0,
    cut: false,
  }
  const reconciler = createReconciler({
    registry,
    workflowTypes: ['order'],
    intervalMs: 15_000,
    budget: 100,
    guard: createGuard({ logger: silentLogger }),
  })
  reconciler.start(temporal.truthFor(identity, network))
  return {
    network,
    stopCounting: (withinMs: number) => reconciler.stopCounting(withinMs),
    stop: () => reconciler.stop(),
    counted(): number {
      const { collected } = registry.collect()
      const family = collected.find(
        (each) => each.family.name === families.workflowServerClosed.name,
      )
      return (family?.series ?? []).reduce(
        (sum, { slot }) => sum + ('value' in slot ? slot.value : 0),
        0,
      )
    },
  }
}

type Step =
  | { readonly type: 'join' }
  | { readonly type: 'leave' | 'slow' | 'deaf' | 'cut' | 'heal'; readonly which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ type: 'join' }),
  fc.record({ type: fc.constantFrom('leave', 'slow', 'deaf', 'cut', 'heal'), which: fc.nat(9) }),
)
const story = fc.array(fc.tuple(step, fc.nat(40_000)), { minLength: 5, maxLength: 30 })

/** Plays a story, and returns what happened and what all processes counted together. */
async function play(steps: readonly (readonly [Step, number])[]) {
  const temporal = createTemporal()
  const processes = [createProcess(temporal, 'p0')]
  const gone = new Set<number>()
  const healthy = { cut: false, slowMs: 0, beatMs: 0, patienceMs: Infinity }
  /** Processes whose heartbeats Temporal took at times, and whose answers were lost. */
  const deafened = new Set<number>()
  const living = (): number[] => [...processes.keys()].filter((index) => !gone.has(index))
  const pick = (which: number) => living()[which % living().length]!
  await vi.advanceTimersByTimeAsync(10_000)
  let closes = 0
  const closing = setInterval(() => temporal.close((closes++ * 997) % lagMs), 1_500)
  for (const [does, waitMs] of steps) {
    if (does.type === 'join') processes.push(createProcess(temporal, `p${processes.length}`))
    if (does.type === 'leave' && living().length > 1) {
      const index = pick(does.which)
      const leaving = processes[index]!
      // Without a network, nobody can tell it whether its last note arrived.
      if (deafened.has(index)) leaving.network.cut = false
      gone.add(index)
      void leaving.stopCounting(30_000).then(() => leaving.stop())
      await vi.advanceTimersByTimeAsync(10)
    }
    if (does.type === 'deaf') {
      const index = pick(does.which)
      deafened.add(index)
      Object.assign(processes[index]!.network, { beatMs: 5_000, patienceMs: 2_500 })
    }
    if (does.type === 'slow')
      processes[pick(does.which)]!.network.slowMs = does.which % 2 === 0 ? 20_000 : 4_000
    if (does.type === 'cut') processes[pick(does.which)]!.network.cut = true
    if (does.type === 'heal') Object.assign(processes[pick(does.which)]!.network, healthy)
    await vi.advanceTimersByTimeAsync(waitMs)
  }
  clearInterval(closing)
  for (const { network } of processes) Object.assign(network, healthy)
  await vi.advanceTimersByTimeAsync(180_000)
  const stops = Promise.all(living().map((index) => processes[index]!.stop()))
  await vi.advanceTimersByTimeAsync(60_000)
  await stops
  return {
    closed: temporal.closes.length,
    counted: processes.reduce((sum, each) => sum + each.counted(), 0),
    lists: temporal.lists(),
  }
}

describe('closes by Temporal', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }))
  afterEach(() => void vi.useRealTimers())

  it('Should be counted exactly once while processes join, leave, hang and are cut off', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const { closed, counted } = await play(steps)
        expect(counted).toBe(closed)
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  it('Should be counted across a restart of the only process', async () => {
    const temporal = createTemporal()
    const before = createProcess(temporal, 'old')
    await vi.advanceTimersByTimeAsync(60_000)
    temporal.close(0)
    const stopped = before.stop()
    await vi.advanceTimersByTimeAsync(1_000)
    await stopped
    temporal.close(0)
    await vi.advanceTimersByTimeAsync(30_000)
    temporal.close(0)
    const after = createProcess(temporal, 'new')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(before.counted() + after.counted()).toBe(3)
    const end = after.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    await end
  })

  /** Stops a process and lets its time pass. */
  async function stop(one: ReturnType<typeof createProcess>): Promise<void> {
    const stopped = one.stop()
    await vi.advanceTimersByTimeAsync(30_000)
    await stopped
  }

  /** Lets time pass until a process asks for closes; it then tells the others what it counts. */
  async function untilListed({ lists }: ReturnType<typeof createTemporal>): Promise<void> {
    const before = lists()
    while (lists() === before) await vi.advanceTimersByTimeAsync(100)
  }

  it('Should be in the last scrape of a process that stops, or counted by the next one', async () => {
    const temporal = createTemporal()
    const old = createProcess(temporal, 'old')
    old.network.beatMs = 1_500
    await vi.advanceTimersByTimeAsync(30_000)
    const closing = setInterval(() => temporal.close(0), 700)
    await vi.advanceTimersByTimeAsync(30_000)
    await untilListed(temporal)
    const before = old.counted()
    const counting = old.stopCounting(5_000)
    await vi.advanceTimersByTimeAsync(1_500)
    await counting
    const scraped = old.counted()
    expect(scraped).toBeGreaterThan(before)
    // Requests end meanwhile.
    await vi.advanceTimersByTimeAsync(30_000)
    await stop(old)
    const next = createProcess(temporal, 'next')
    await vi.advanceTimersByTimeAsync(60_000)
    clearInterval(closing)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(old.counted()).toBe(scraped)
    expect(scraped + next.counted()).toBe(temporal.closes.length)
    await stop(next)
  })

  it('Should hold up a process that stops no longer than it is told', async () => {
    const temporal = createTemporal()
    const only = createProcess(temporal, 'p')
    await vi.advanceTimersByTimeAsync(60_000)
    only.network.beatMs = 60_000
    temporal.close(0)
    await untilListed(temporal)
    let isOver = false
    const counting = only.stopCounting(2_000).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(1_999)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await counting).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    await stop(only)
  })

  /** A process that tells of a close: its note arrives, and the answer will be lost. */
  async function tellingUnheard() {
    const temporal = createTemporal()
    const only = createProcess(temporal, 'p')
    await vi.advanceTimersByTimeAsync(60_000)
    Object.assign(only.network, { beatMs: 5_000, patienceMs: 2_500 })
    temporal.close(0)
    await untilListed(temporal)
    return only
  }

  it('Should not hold up a process for good that cannot learn whether its note arrived', async () => {
    const only = await tellingUnheard()
    await vi.advanceTimersByTimeAsync(1_000)
    only.network.cut = true
    let isOver = false
    const counting = only.stopCounting(10_000).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(9_000)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await counting).toBe(true)
    await stop(only)
  })

  it('Should be counted by a process that stops before it knows that its note arrived', async () => {
    const only = await tellingUnheard()
    const counting = only.stopCounting(10_000)
    await vi.advanceTimersByTimeAsync(10_000)
    await counting
    expect(only.counted()).toBe(1)
    await stop(only)
  })

  it('Should be counted though nobody can list a mass of them at once', async () => {
    const temporal = createTemporal()
    const only = createProcess(temporal, 'p')
    // 2,000 closes take the whole time that a list has.
    Object.assign(only.network, { perCloseMs: 2, patienceMs: 4_000 })
    await vi.advanceTimersByTimeAsync(60_000)
    for (let count = 0; count < 6_000; count += 100) {
      for (let at = 0; at < 100; at++) temporal.close(0)
      await vi.advanceTimersByTimeAsync(50)
    }
    await vi.advanceTimersByTimeAsync(240_000)
    expect(only.counted()).toBe(6_000)
    temporal.close(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(only.counted()).toBe(6_001)
    await stop(only)
  })

  it('Should be counted though those of one millisecond take longer than a heartbeat', async () => {
    const temporal = createTemporal()
    const processes = [createProcess(temporal, 'a'), createProcess(temporal, 'b')]
    for (const { network } of processes) network.perCloseMs = 2
    await vi.advanceTimersByTimeAsync(60_000)
    for (let at = 0; at < 6_000; at++) temporal.close(0)
    await vi.advanceTimersByTimeAsync(240_000)
    temporal.close(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(processes.reduce((sum, each) => sum + each.counted(), 0)).toBe(6_001)
    for (const each of processes) await stop(each)
  })

  it('Should be counted soon after an outage, step by step at once', async () => {
    const temporal = createTemporal()
    const only = createProcess(temporal, 'p')
    await vi.advanceTimersByTimeAsync(60_000)
    only.network.cut = true
    for (let minute = 0; minute < 120; minute++) {
      temporal.close(0)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    only.network.cut = false
    // Eleven steps of ten minutes, which the interval of 15 s would make two minutes and a half.
    await vi.advanceTimersByTimeAsync(75_000)
    expect(only.counted()).toBe(120)
    await stop(only)
  })

  it('Should not be counted from before the first process', async () => {
    const temporal = createTemporal()
    temporal.close(0)
    await vi.advanceTimersByTimeAsync(1_000)
    const first = createProcess(temporal, 'first')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(first.counted()).toBe(0)
    const end = first.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    await end
  })

  it('Should be asked for by one of ten processes', async () => {
    const temporal = createTemporal()
    const processes = Array.from({ length: 10 }, (_, i) => createProcess(temporal, `p${i}`))
    await vi.advanceTimersByTimeAsync(60_000)
    const before = temporal.lists()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(temporal.lists() - before).toBeLessThanOrEqual(4)
    const ends = Promise.all(processes.map((each) => each.stop()))
    await vi.advanceTimersByTimeAsync(10_000)
    await ends
  })
})
