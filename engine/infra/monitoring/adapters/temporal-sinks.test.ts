import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkflowInfo } from '@temporalio/workflow'
import { defined } from '../../../core/defined.ts'
import type { MonitoringService } from '../index.ts'
import { startFakeFrontend, type FakeFrontend, type FakeRun } from '../testing/fake-frontend.ts'
import { createTestMonitoring } from '../testing/service.ts'

async function scrape(monitoring: MonitoringService): Promise<string> {
  const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
  return body.toString()
}

/** What a service counted, by family and type; only what is not 0. */
async function counts(monitoring: MonitoringService): Promise<Record<string, number>> {
  const body = await scrape(monitoring)
  const lines = [
    ...body.matchAll(
      /^compozy_temporal_workflow_(\w+)\{workflow_type="(\w+)"(?:,(?:outcome|reason)="(\w+)")?\} (\d+)$/gm,
    ),
  ]
  return Object.fromEntries(
    lines
      .filter(([, family, , , value]) => value !== '0' && family !== 'duration_seconds_sum')
      .map(([, family, type, outcome, value]) => [
        [
          type,
          family!.replace(/_(total|seconds_count)$/, ''),
          ...(outcome === undefined ? [] : [outcome]),
        ].join(' '),
        Number(value),
      ]),
  )
}

const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const completedOnce = { 'order completed': 1, 'order closed completed': 1, 'order duration': 1 }
const failedOnce = { 'order failed': 1, 'order closed failed': 1, 'order duration': 1 }

describe('counting workflows on a worker', () => {
  let frontend: FakeFrontend
  let bundle: { code: string }
  beforeAll(async () => {
    const logger = new DefaultLogger('ERROR', () => undefined)
    Runtime.install({
      logger,
      telemetryOptions: { logging: { forward: {}, filter: 'off' } },
      shutdownSignals: [],
    })
    frontend = await startFakeFrontend()
    bundle = await bundleWorkflowCode({
      workflowsPath: source('../testing/workflow.ts'),
      workflowInterceptorModules: [source('../sandbox.ts')],
      logger,
    })
  }, 60_000)
  afterAll(() => frontend.stop())

  /** Runs these on a real worker, calls `afterwards`, and stops it. */
  async function monitor(
    runs: readonly FakeRun[],
    options: Partial<WorkerOptions> = {},
    afterwards: () => Promise<void> = async () => undefined,
  ): Promise<MonitoringService> {
    const monitoring = await createTestMonitoring()
    const connection = await NativeConnection.connect({ address: frontend.address })
    const worker = await Worker.create({
      connection,
      taskQueue: 'fake',
      workflowBundle: bundle,
      sinks: monitoring.temporal.sinks,
      maxCachedWorkflows: 50,
      ...options,
    })
    monitoring.temporal.observeEvictions(worker)
    const running = worker.run()
    await Promise.all(runs.map((run) => frontend.execute(run)))
    await afterwards()
    worker.shutdown()
    await running
    await connection.close()
    return monitoring
  }

  const count = async (runs: readonly FakeRun[]): Promise<Record<string, number>> =>
    counts(await monitor(runs))

  let next = 0
  const run = (rest: Partial<FakeRun> & Pick<FakeRun, 'behavior'>): FakeRun => ({
    runId: `run-${next++}`,
    type: 'order',
    ...rest,
  })

  it.each<[string, Omit<FakeRun, 'runId' | 'type'>, Record<string, number>]>([
    [
      'a run that completes',
      { behavior: { ends: 'completed' } },
      { ...completedOnce, 'order started': 1 },
    ],
    ['a run that fails', { behavior: { ends: 'failed' } }, { ...failedOnce, 'order started': 1 }],
    [
      'a canceled run, which is no failure',
      { behavior: { ends: 'canceled' }, cancelRequested: true },
      { 'order started': 1, 'order duration': 1, 'order closed canceled': 1 },
    ],
    [
      'a start whose workflow task fails at first',
      { behavior: { ends: 'completed', stumblesUntil: 3 } },
      { ...completedOnce, 'order started': 1, 'order task_failures workflow_error': 1 },
    ],
    [
      'a close that races a signal and is refused',
      { behavior: { ends: 'completed' }, verdicts: ['UnhandledCommand'] },
      { ...completedOnce, 'order started': 1 },
    ],
    [
      'a close whose workflow task has timed out',
      { behavior: { ends: 'failed' }, verdicts: ['NOT_FOUND', 'NOT_FOUND'] },
      { ...failedOnce, 'order started': 1 },
    ],
    [
      'the first run of a chain, which has not ended',
      { behavior: { ends: 'continued' } },
      { 'order started': 1, 'order closed continued_as_new': 1 },
    ],
    [
      'the last run of a chain, which started before',
      { behavior: { ends: 'completed', carried: { startedAt: 1 } } },
      completedOnce,
    ],
    [
      'a run that repeats another one, which carries records too',
      { behavior: { ends: 'completed', carried: { startedAt: 1, repeats: true } } },
      { ...completedOnce, 'order started': 1 },
    ],
  ])('Should count %s once', async (_, rest, expected) => {
    expect(await count([run(rest)])).toEqual(expected)
  })

  it.each([
    ['a cron run, a retry or a delayed start', { delayMs: 3_600_000, taskAtMs: 3_602_000 }, 2],
    ['a run that waits for a worker', { taskAtMs: 3_602_000 }, 3_602],
    ['a start whose delay a signal ended', { delayMs: 3_600_000, taskAtMs: 60_000 }, 0],
  ])('Should measure %s without what Temporal holds it back', async (_, times, seconds) => {
    const monitoring = await monitor([run({ behavior: { ends: 'completed' }, ...times })])
    expect(await scrape(monitoring)).toContain(
      `compozy_temporal_workflow_duration_seconds_sum{workflow_type="order"} ${seconds}\n`,
    )
  })

  it.each<[string, 'EvalError' | 'RangeError', Partial<WorkerOptions>]>([
    ['failureExceptionTypes of the workflow', 'EvalError', {}],
    [
      'workflowFailureErrorTypes of the worker',
      'RangeError',
      { workflowFailureErrorTypes: { '*': [], order: ['RangeError'] } },
    ],
  ])('Should count a run that fails by %s as failed alone', async (_, throws, options) => {
    const failing = run({ behavior: { ends: 'failed', throws } })
    const monitoring = await monitor([failing], options, () => frontend.queryFailed(failing))
    expect(await counts(monitoring)).toEqual({ ...failedOnce, 'order started': 1 })
  })

  it('Should count 60 runs exactly, half of them with a refused close, in a cache for 50', async () => {
    const verdictsOf: FakeRun['verdicts'][] = [['UnhandledCommand'], ['NOT_FOUND']]
    const runs = Array.from({ length: 60 }, (_, i) =>
      run(
        defined({
          type: i % 2 === 0 ? 'order' : 'refund',
          behavior: { ends: i % 3 === 0 ? 'failed' : 'completed' },
          verdicts: verdictsOf[i % 4],
        }),
      ),
    )
    const failed = (type: number) =>
      runs.filter((each, i) => i % 2 === type && each.behavior.ends === 'failed').length
    expect(await count(runs)).toEqual({
      'order started': 30,
      'order completed': 30 - failed(0),
      'order failed': failed(0),
      'order duration': 30,
      'order closed completed': 30 - failed(0),
      'order closed failed': failed(0),
      'refund started': 30,
      'refund completed': 30 - failed(1),
      'refund failed': failed(1),
      'refund duration': 30,
      'refund closed completed': 30 - failed(1),
      'refund closed failed': failed(1),
    })
  })

  it('Should count a type that the project does not have under other', async () => {
    expect(await count([run({ type: 'stranger', behavior: { ends: 'completed' } })])).toEqual({
      'other started': 1,
      'other completed': 1,
      'other closed completed': 1,
      'other duration': 1,
    })
  })
})

describe('counting workflows where the SDK hides its evictions', () => {
  it('Should count each close once by its run', async () => {
    const monitoring = await createTestMonitoring()
    monitoring.temporal.observeEvictions({})
    const { closing } = monitoring.temporal.sinks.compozyMetrics
    const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo
    for (let i = 0; i < 2; i++) await closing.fn(info, 'completed', 0, 1_000)
    expect(await counts(monitoring)).toEqual(completedOnce)
  })

  it('Should count each workflow task that fails once, and none that its error closes', async () => {
    const monitoring = await createTestMonitoring()
    monitoring.temporal.observeEvictions({})
    const { taskFailed, taskConcluded } = monitoring.temporal.sinks.compozyMetrics
    const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo
    for (let attempt = 0; attempt < 2; attempt++) {
      // The errors of two handlers.
      await Promise.all([taskFailed.fn(info), taskFailed.fn(info)])
      expect(await counts(monitoring)).toEqual({
        'order task_failures workflow_error': attempt + 1,
      })
    }
    await Promise.all([taskFailed.fn(info), taskConcluded.fn(info)])
    expect(await counts(monitoring)).toEqual({ 'order task_failures workflow_error': 2 })
  })

  it('Should tell why a workflow task failed, and count none that was only late or raced', async () => {
    const monitoring = await createTestMonitoring()
    const evictionsEmitter = new EventEmitter()
    monitoring.temporal.observeEvictions({ evictionsEmitter })
    const { loaded } = monitoring.temporal.sinks.compozyMetrics
    // 1 cache full, 3 nondeterminism, 4 failed, 6 not found, 7 raced, 9 history could not be
    // fetched, 10 ended.
    for (const reason of [1, 3, 4, 6, 7, 9, 10]) {
      await loaded.fn({ runId: 'a', workflowType: 'order' } as WorkflowInfo)
      evictionsEmitter.emit('eviction', { runId: 'a', evictJob: { reason } })
    }
    evictionsEmitter.emit('eviction', { runId: 'never seen', evictJob: { reason: 3 } })
    expect(await counts(monitoring)).toEqual({
      'order task_failures nondeterminism': 1,
      'order task_failures workflow_error': 1,
      'order task_failures other': 1,
      'other task_failures nondeterminism': 1,
    })
  })

  it('Should count nothing before an eviction tells where it does not', async () => {
    const monitoring = await createTestMonitoring()
    const evictionsEmitter = new EventEmitter()
    monitoring.temporal.observeEvictions({ evictionsEmitter })
    const { closing } = monitoring.temporal.sinks.compozyMetrics
    await closing.fn({ runId: 'a', workflowType: 'order' } as WorkflowInfo, 'completed', 0, 1_000)
    expect(await counts(monitoring)).toEqual({})
    evictionsEmitter.emit('eviction', {
      runId: 'a',
      evictJob: { reason: 8, message: 'Shutting down' },
    })
    expect(await counts(monitoring)).toEqual(completedOnce)
  })
})

describe('the starts that are remembered', () => {
  it('Should count none of the last 50,000 runs again, and bound what it remembers', async () => {
    const monitoring = await createTestMonitoring()
    const { started } = monitoring.temporal.sinks.compozyMetrics
    const start = (runId: string) => started.fn({ runId, workflowType: 'order' } as WorkflowInfo)
    for (let run = 0; run < 50_000; run++) void start(`${run}`)
    void start('0')
    expect(await counts(monitoring)).toEqual({ 'order started': 50_000 })
    void start('one more')
    void start('0')
    expect(await counts(monitoring)).toEqual({ 'order started': 50_002 })
  })

  /** A service, and a run in it by its events. */
  async function createRuns() {
    const monitoring = await createTestMonitoring()
    const evictionsEmitter = new EventEmitter()
    monitoring.temporal.observeEvictions({ evictionsEmitter })
    const { started, closing } = monitoring.temporal.sinks.compozyMetrics
    const info = (runId: string) => ({ runId, workflowType: 'order' }) as WorkflowInfo
    return {
      monitoring,
      start: (runId: string) => void started.fn(info(runId)),
      close: (runId: string, reason: number) => {
        void closing.fn(info(runId), 'completed', 0, 1_000)
        evictionsEmitter.emit('eviction', { runId, evictJob: { reason } })
      },
    }
  }

  it('Should be those of open runs: an open one is remembered while 50,000 others close', async () => {
    const { monitoring, start, close } = await createRuns()
    start('open')
    for (let run = 0; run < 50_000; run++) {
      start(`${run}`)
      close(`${run}`, 10)
    }
    start('open')
    expect(await counts(monitoring)).toMatchObject({ 'order started': 50_001 })
  })

  it.each([
    ['a late worker repeats it after the close', 10],
    ['the close left the cache and may be refused', 1],
    ['the close was refused', 7],
  ])('Should not be counted again: %s', async (_, reason) => {
    const { monitoring, start, close } = await createRuns()
    start('a')
    close('a', reason)
    start('a')
    close('a', 10)
    start('a')
    expect(await counts(monitoring)).toEqual({ ...completedOnce, 'order started': 1 })
  })
})
