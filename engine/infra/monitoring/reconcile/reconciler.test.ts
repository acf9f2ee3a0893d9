import { mapOf } from '../families/map-of.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import { runStatuses } from '../catalogue/temporal.ts'
import { createRegistry, type Registry } from '../instruments/registry.ts'
import { createGuard } from '../adapters/guard.ts'
import { createReconciler } from './reconciler.ts'
import type { ServerClose } from './server-closes.ts'
import type { QueryScope, ServerTruth, StatusCounts } from './server-truth.ts'

const counts = (running: number, terminated = 0): StatusCounts => ({
  ...mapOf(runStatuses, () => 0),
  running,
  terminated,
})

/** A server that answers, unless it is told not to. */
function createServer() {
  const seen = { asked: [] as string[], error: undefined as Error | undefined }
  const closes: ServerClose[] = []
  const heartbeats = new Map<string, number>()
  const answer = async <T>(question: string, value: T): Promise<T> => {
    seen.asked.push(question)
    if (seen.error !== undefined) throw seen.error
    return value
  }
  const nameOf = (scope: QueryScope): string =>
    typeof scope === 'string' ? scope : `all but ${scope.except.length}`
  const byScope: Record<string, StatusCounts> = {
    order: counts(2),
    refund: counts(0, 1),
    'all but 2': counts(3),
    'all but 3': counts(1),
    added: counts(2),
  }
  const truth: { -readonly [Key in keyof ServerTruth]: ServerTruth[Key] } = {
    identity: 'self',
    executions: (scope) => answer(`executions ${nameOf(scope)}`, byScope[nameOf(scope)]!),
    stuck: () =>
      answer(
        'stuck',
        new Map([
          ['order', 1],
          ['removed', 2],
          ['gone', 3],
        ]),
      ),
    taskQueue: (kind) =>
      answer(`backlog ${kind}`, {
        tasks: kind === 'workflow' ? 7 : 0,
        ageSeconds: 1.5,
      }),
    serverCloses: ({ after, until }) =>
      answer(
        'closes',
        closes.filter(({ closedAt }) => closedAt > after && closedAt <= until),
      ),
    beat: async (note) => {
      if (seen.error !== undefined) throw seen.error
      heartbeats.set(note, Date.now())
    },
    heartbeats: async () => {
      if (seen.error !== undefined) throw seen.error
      return [...heartbeats].map(([note, at]) => ({ note, at }))
    },
  }
  return { truth, seen, closes, heartbeats }
}

/** A registry that notes the family of each look-up of a series. */
function countLookUps(registry: Registry, lookUps: string[]): Registry {
  return {
    ...registry,
    instrument(family) {
      const find = registry.instrument(family)
      return (labels) => {
        lookUps.push(family.name)
        return find(labels)
      }
    },
  }
}

function setup({
  workflowTypes = ['order', 'refund'],
  budget = 100,
  intervalMs = 15_000,
  random = 0,
} = {}) {
  const lookUps: string[] = []
  const registry = countLookUps(createRegistry(), lookUps)
  const server = createServer()
  const logged: unknown[] = []
  const warned: { source: string; failures: number; err: Error }[] = []
  const onAnswer = vi.fn()
  const reconciler = createReconciler({
    registry,
    workflowTypes,
    intervalMs,
    budget,
    random: () => random,
    onAnswer,
    guard: createGuard({
      logger: {
        ...silentLogger,
        error: (fields: unknown) => void logged.push(fields),
        warn: (fields) => void warned.push(fields as (typeof warned)[number]),
      },
    }),
  })
  const samples = (): Record<string, number> =>
    Object.fromEntries(
      registry
        .collect()
        .collected.flatMap(({ family, series }) =>
          series.map(({ labels, slot }) => [
            [family.name.replace('compozy_temporal_', ''), ...Object.values(labels)].join(' '),
            'value' in slot ? slot.value : NaN,
          ]),
        ),
    )
  return { reconciler, samples, lookUps, logged, warned, onAnswer, ...server }
}

const away = new CompozyError('temporal_unavailable', 'no server')

/**
 * Counts the fake timers that `act` sets. A spy would outlive the test, and put the fake ones back
 * for the next file.
 */
async function countTimers(act: () => Promise<unknown>): Promise<number> {
  const { setTimeout: fake } = globalThis
  let timers = 0
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    timers++
    return fake(...args)
  }) as typeof setTimeout
  await act()
  globalThis.setTimeout = fake
  return timers
}

describe('createReconciler', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }))
  afterEach(() => void vi.useRealTimers())

  it('Should ask no faster than its budget, also where one answer takes many queries', async () => {
    const { reconciler, samples, truth, seen } = setup({ budget: 2 })
    truth.stuck = async ({ pause }) => {
      for (let query = 0; query < 40; query++) {
        if (query > 0) await pause()
        seen.asked.push('stuck')
      }
      return new Map([['order', 40]])
    }
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(10_000)
    // Ten may come at once.
    expect(seen.asked.length).toBeLessThanOrEqual(30)
    expect(samples()).not.toHaveProperty('workflow_stuck order')
    await vi.advanceTimersByTimeAsync(15_000)
    expect(samples()).toMatchObject({ 'workflow_stuck order': 40 })
    await reconciler.stop()
  })

  it('Should give what the server knows, and what belongs to no workflow of the project as other', async () => {
    const { reconciler, samples, truth } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(samples()).toMatchObject({
      'workflow_executions order running': 2,
      'workflow_executions refund terminated': 1,
      'workflow_executions other running': 3,
      'workflow_stuck order': 1,
      'workflow_stuck refund': 0,
      'workflow_stuck other': 5,
      'task_queue_backlog workflow': 7,
      'task_queue_backlog activity': 0,
      'task_queue_backlog_age_seconds workflow': 1.5,
      'reconcile_errors_total executions': 0,
    })
    await reconciler.stop()
  })

  it('Should take a workflow that is added out of other, and never one that the project does not have', async () => {
    const { reconciler, samples, truth, seen, closes } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(samples()).not.toHaveProperty('workflow_executions added running')
    seen.asked.length = 0
    reconciler.addKnown(['order', 'added'])
    expect(samples()).toMatchObject({
      'workflow_server_closed_total added terminated': 0,
      'workflow_server_closed_total added timed_out': 0,
    })
    await vi.advanceTimersByTimeAsync(1_000)
    // Other comes first: no scrape counts a run twice.
    expect(seen.asked).toEqual(['stuck', 'executions all but 3', 'executions added'])
    expect(samples()).toMatchObject({
      'workflow_executions order running': 2,
      'workflow_executions added running': 2,
      'workflow_executions other running': 1,
      'workflow_stuck added': 0,
      'workflow_stuck other': 5,
    })
    const close = { runId: 'a', outcome: 'terminated', closedAt: Date.now() } as const
    closes.push({ ...close, workflowType: 'added' })
    closes.push({ ...close, runId: 'b', workflowType: 'gone' })
    await vi.advanceTimersByTimeAsync(45_000)
    expect(samples()).toMatchObject({
      'workflow_server_closed_total added terminated': 1,
      'workflow_server_closed_total other terminated': 1,
    })
    await reconciler.stop()
  })

  it.each([0, 0.9])(
    'Should repeat a failed query within a minute at the longest interval, and no answered one (%d)',
    async (random) => {
      const { reconciler, samples, truth, seen } = setup({ intervalMs: 3_600_000, random })
      truth.stuck = async () => {
        seen.asked.push('stuck')
        throw away
      }
      reconciler.start(truth)
      await vi.advanceTimersByTimeAsync(900_000)
      // CompozyServerUnanswered needs more than three failures in 15 minutes.
      expect(samples()['reconcile_errors_total stuck']).toBeGreaterThan(10)
      expect(seen.asked.filter((question) => question === 'executions order')).toHaveLength(1)
      await reconciler.stop()
    },
  )

  it('Should keep an answer for two rounds, then leave it out, and have it back with the server', async () => {
    const { reconciler, samples, truth, seen, logged } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(1_000)
    seen.error = away
    await vi.advanceTimersByTimeAsync(30_000)
    expect(samples()['workflow_executions order running']).toBe(2)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(Object.keys(samples()).filter((name) => name.startsWith('workflow_exec'))).toEqual([])
    expect(samples()['reconcile_errors_total backlog']).toBeGreaterThan(0)
    expect(logged).toEqual([])
    seen.error = undefined
    await vi.advanceTimersByTimeAsync(90_000)
    expect(samples()).toMatchObject({
      'workflow_executions order running': 2,
      'task_queue_backlog workflow': 7,
    })
    await reconciler.stop()
  })

  const hour = 3_600_000

  it.each([
    ['back by an hour', -hour],
    ['back by 10 s', -10_000],
    ['ahead by an hour', hour],
  ])('Should ask everything once an interval when the wall clock is set %s', async (_, jump) => {
    const { reconciler, truth, seen, samples, closes } = setup()
    // Temporal's clock is that of another machine.
    let temporalAhead = 0
    const { heartbeats } = truth
    truth.heartbeats = async (options) =>
      (await heartbeats(options)).map(({ note }) => ({ note, at: Date.now() + temporalAhead }))
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(14_000)
    expect(seen.asked).toHaveLength(7)
    vi.setSystemTime(Date.now() + jump)
    temporalAhead = -jump
    const close = { runId: 'a', workflowType: 'order', outcome: 'terminated' } as const
    closes.push({ ...close, closedAt: Date.now() + temporalAhead })
    await vi.advanceTimersByTimeAsync(14_000)
    expect(seen.asked).toHaveLength(14)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(seen.asked).toHaveLength(21)
    expect(samples()['workflow_server_closed_total order terminated']).toBe(1)
    await reconciler.stop()
  })

  it.each([
    ['back', -hour],
    ['ahead', hour],
  ])(
    'Should leave out an answer two rounds after it came, and not before, when the wall clock is set %s',
    async (_, jump) => {
      const { reconciler, samples, truth, seen } = setup()
      const exported = (): string[] =>
        Object.keys(samples()).filter((name) => /^(workflow_(exec|stuck)|task_queue)/.test(name))
      reconciler.start(truth)
      await vi.advanceTimersByTimeAsync(1_000)
      const all = exported()
      expect(all.length).toBeGreaterThan(0)
      seen.error = away
      vi.setSystemTime(Date.now() + jump)
      await vi.advanceTimersByTimeAsync(30_000)
      expect(exported()).toEqual(all)
      expect(samples()['reconcile_errors_total stuck']).toBeGreaterThan(0)
      await vi.advanceTimersByTimeAsync(30_000)
      expect(exported()).toEqual([])
      await reconciler.stop()
    },
  )

  it('Should keep the other answers while the one about stuck runs takes many queries', async () => {
    const { reconciler, samples, truth } = setup({ budget: 2 })
    const { stuck } = truth
    let queries = 0
    truth.stuck = async (how) => {
      for (let i = 0; i < queries; i++) await how.pause()
      return stuck(how)
    }
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(5_000)
    const all = Object.keys(samples())
    expect(all).toContain('workflow_executions order running')
    queries = 120
    for (let second = 0; second < 240; second++) {
      await vi.advanceTimersByTimeAsync(1_000)
      expect(Object.keys(samples())).toEqual(all)
    }
    await reconciler.stop()
  })

  it('Should report as its own only what is not a failure of Temporal', async () => {
    const { reconciler, truth, seen, logged, warned } = setup()
    const defect = { place: 'reconcile', failures: 1, err: new Error('a defect') }
    seen.error = defect.err
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(logged).toEqual(['fleet', 'backlog'].map((source) => ({ ...defect, source })))
    expect(warned).toEqual([])
    await reconciler.stop()
  })

  it('Should warn once a minute of each source that Temporal refuses, with the reason', async () => {
    const { reconciler, truth, logged, warned } = setup()
    const err = new CompozyError('temporal_failed', 'Temporal denies access (stuck runs)')
    truth.stuck = async () => {
      throw err
    }
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(50_000)
    expect(warned).toEqual([{ source: 'stuck', failures: 1, err }])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(warned).toHaveLength(2)
    expect(warned[1]?.failures).toBeGreaterThan(2)
    expect(logged).toEqual([])
    await reconciler.stop()
  })

  it('Should ask everything once an interval, and nothing when stopped', async () => {
    const { reconciler, truth, seen } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(14_000)
    expect(seen.asked.toSorted()).toEqual([
      'backlog activity',
      'backlog workflow',
      'closes',
      'executions all but 2',
      'executions order',
      'executions refund',
      'stuck',
    ])
    await vi.advanceTimersByTimeAsync(14_000)
    expect(seen.asked).toHaveLength(14)
    await reconciler.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.asked).toHaveLength(14)
  })

  it('Should count no failure of a query that its own stop broke off', async () => {
    const { reconciler, truth, samples, logged, warned } = setup()
    reconciler.start({
      ...truth,
      stuck: ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('broken off')))
        }),
    })
    await vi.advanceTimersByTimeAsync(1_000)
    await reconciler.stop()
    expect(samples()['reconcile_errors_total stuck']).toBe(0)
    expect([logged, warned]).toEqual([[], []])
  })

  it('Should not ask the query that waits for its turn when it is stopped', async () => {
    const { reconciler, truth, seen } = setup({
      workflowTypes: Array.from({ length: 30 }, (_, i) => `w${i}`),
      budget: 1,
    })
    reconciler.start({ ...truth, executions: async () => counts(seen.asked.push('it')) })
    await vi.advanceTimersByTimeAsync(2_500)
    const asked = seen.asked.length
    await reconciler.stop()
    expect(seen.asked).toHaveLength(asked)
  })

  it('Should tell at least every 5 seconds that Temporal answers, and never while it does not', async () => {
    const { reconciler, truth, seen, onAnswer } = setup({ intervalMs: 3_600_000 })
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(30_000)
    for (let beat = 0; beat < 10; beat++) {
      onAnswer.mockClear()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(onAnswer).toHaveBeenCalled()
    }
    seen.error = away
    onAnswer.mockClear()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(onAnswer).not.toHaveBeenCalled()
    await reconciler.stop()
  })

  it('Should rest until a query is due, and ask it then', async () => {
    const { reconciler, truth, seen } = setup({ intervalMs: 60_000 })
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(59_000)
    const asked = seen.asked.filter((question) => question === 'stuck').length
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(1_500)
    expect(seen.asked.filter((question) => question === 'stuck')).toHaveLength(2)
    const timers = await countTimers(() => vi.advanceTimersByTimeAsync(50_000))
    // Ten heartbeats, and a rest after each and between them.
    expect(timers).toBeGreaterThan(9)
    expect(timers).toBeLessThan(40)
    await reconciler.stop()
  })

  it('Should hold its budget with many workflows, and still ask for each of them', async () => {
    const workflowTypes = Array.from({ length: 100 }, (_, i) => `w${i}`)
    const { reconciler, truth, seen } = setup({ workflowTypes, budget: 4 })
    reconciler.start({
      ...truth,
      executions: async (scope) => {
        seen.asked.push(`executions ${JSON.stringify(scope)}`)
        return counts(0)
      },
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.asked.length).toBeLessThanOrEqual(4 * 60 + 10 + 101)
    for (const type of workflowTypes) expect(seen.asked).toContain(`executions "${type}"`)
    await reconciler.stop()
  })

  it('Should slow down while Temporal refuses, instead of asking on', async () => {
    const { reconciler, truth, seen } = setup()
    seen.error = new CompozyError('temporal_failed', 'RESOURCE_EXHAUSTED')
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.asked.length).toBeLessThan(10)
    await reconciler.stop()
  })

  it('Should count each close by Temporal once, and none from before its start', async () => {
    const { reconciler, samples, truth, closes } = setup()
    const close = (runId: string, workflowType: string, closedAt: number): ServerClose => ({
      runId,
      workflowType,
      outcome: 'timed_out',
      closedAt,
    })
    closes.push(close('old', 'order', Date.now() - 1))
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(samples()).toMatchObject({
      'workflow_server_closed_total order timed_out': 0,
      'workflow_server_closed_total refund terminated': 0,
    })
    closes.push(close('a', 'order', Date.now()), close('b', 'removed', Date.now()))
    await vi.advanceTimersByTimeAsync(45_000)
    expect(samples()).toMatchObject({
      'workflow_server_closed_total order timed_out': 1,
      'workflow_server_closed_total other timed_out': 1,
    })
    await reconciler.stop()
  })

  it('Should look each series up once for a mass of closes', async () => {
    const { reconciler, samples, lookUps, truth, closes } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(1_000)
    lookUps.length = 0
    for (let at = 0; at < 3_000; at++)
      closes.push({
        runId: `${at}`,
        workflowType: at % 3 === 0 ? 'order' : `removed-${at}`,
        outcome: at % 2 === 0 ? 'timed_out' : 'terminated',
        closedAt: Date.now(),
      })
    await vi.advanceTimersByTimeAsync(45_000)
    expect(samples()).toMatchObject({
      'workflow_server_closed_total order timed_out': 500,
      'workflow_server_closed_total order terminated': 500,
      'workflow_server_closed_total other timed_out': 1_000,
      'workflow_server_closed_total other terminated': 1_000,
    })
    expect(lookUps.filter((name) => name.endsWith('server_closed_total'))).toHaveLength(8)
    await reconciler.stop()
  })

  it('Should leave the workflows of another process to it, and take them when it is gone', async () => {
    const { reconciler, truth, seen, heartbeats } = setup({
      workflowTypes: Array.from({ length: 20 }, (_, i) => `w${i}`),
    })
    let peerLives = true
    reconciler.start({
      ...truth,
      executions: async (scope) => {
        seen.asked.push(`executions ${JSON.stringify(scope)}`)
        return counts(0)
      },
      heartbeats: async () => {
        if (peerLives) heartbeats.set('peer', Date.now())
        return truth.heartbeats({ signal: new AbortController().signal })
      },
    })
    const askedIn = async (ms: number): Promise<number> => {
      seen.asked.length = 0
      await vi.advanceTimersByTimeAsync(ms)
      return new Set(seen.asked.filter((question) => question.startsWith('executions'))).size
    }
    const shared = await askedIn(60_000)
    expect(shared).toBeGreaterThan(3)
    expect(shared).toBeLessThan(18)
    peerLives = false
    // Within two intervals the peer is missed, and all that it asked has been asked again.
    await askedIn(30_000)
    expect(await askedIn(15_500)).toBe(21)
    await reconciler.stop()
  })
})
