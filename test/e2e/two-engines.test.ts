import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../engine/config/config.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import { createEngine, type ReadyInfo } from '../../engine/engine.ts'
import { findTemporalBinary, startDevServer } from '../../engine/infra/temporal/index.ts'
import { loadProject } from '../../engine/project/load.ts'
import { startRun, taskReaches } from '../support/api.ts'
import { eventually } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

const pollAge = 'compozy_temporal_poll_age_seconds'

describe('two engines in one process', () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-two-engines-'))
  let temporal: Awaited<ReturnType<typeof startDevServer>>

  beforeAll(async () => {
    const { path: binary } = await findTemporalBinary({ env: process.env })
    const databaseFile = join(dir, 'temporal.db')
    const logger = silentLogger
    temporal = await startDevServer({ binary, port: 0, namespace: 'default', databaseFile, logger })
  })
  afterAll(async () => {
    await temporal.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  /** Starts an engine of the project hello on a task queue of its own. */
  async function start(
    taskQueue: string,
    exported = true,
  ): Promise<ReadyInfo & { stop(): Promise<void> }> {
    const loaded = await loadProject(join(import.meta.dirname, 'fixtures/hello'), { env: {} })
    if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
    const env = {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_TASK_QUEUE: taskQueue,
      MONITORING_ENABLED: 'true',
      MONITORING_TEMPORAL_SDK: String(exported),
    }
    const engine = await createEngine({
      config: loadConfig({ flags: { port: '0' }, env, source: loaded.source }),
      project: loaded.project,
      build: { version: '1.2.3', commit: 'abc' },
      logger: silentLogger,
      env: {},
      role: 'all',
    })
    onTestFinished(() => engine.stop())
    const ready = await engine.start({ signal: new AbortController().signal })
    return { ...ready, stop: () => engine.stop() }
  }

  /** Runs hello on an engine and returns what the SDK reports as polled, by task queue. */
  async function runAndCount(
    { api, metrics, task_queue: own }: ReadyInfo,
    other: string,
    before = 0,
  ): Promise<{ own: number; other: number }> {
    await startRun(api, 'hello', {})
    const polled = async (): Promise<{ own: number; other: number }> => {
      const { samples } = await scrape(metrics!)
      const count = (task_queue: string): number =>
        sumOf(samples, 'temporal_workflow_task_queue_poll_succeed_total', { task_queue })
      return { own: count(own), other: count(other) }
    }
    return eventually(polled, (found) => found.own > before)
  }

  it('Should each export the polls of its own workers, also when the first has stopped', async () => {
    const [first, second] = [await start('first'), await start('second')]
    const counted = await runAndCount(second, 'first')
    expect(counted.other).toBe(0)
    expect((await runAndCount(first, 'second')).other).toBe(0)
    for (const { metrics, task_queue } of [first, second]) {
      const { samples } = await scrape(metrics!)
      expect(sumOf(samples, 'temporal_worker_start_total', { task_queue })).toBe(1)
      expect(sumOf(samples, 'temporal_worker_start_total')).toBe(1)
      expect(samples.filter(({ name }) => name === pollAge)).toHaveLength(2)
    }
    await first.stop()
    const later = await runAndCount(second, 'first', counted.own)
    expect(later.own).toBeGreaterThan(counted.own)
  })

  it('Should each tell the age of its own polls without the SDK metrics', async () => {
    const [first, second] = [await start('fourth', false), await start('fifth', false)]
    const ageOf = async ({ metrics }: ReadyInfo): Promise<number> =>
      sumOf((await scrape(metrics!)).samples, pollAge, { poller_type: 'workflow' })
    await eventually(
      () => Promise.all([ageOf(first), ageOf(second)]),
      (ages) => Math.min(...ages) > 3,
    )
    await startRun(first.api, 'hello', {})
    await eventually(
      () => ageOf(first),
      (age) => age < 2,
    )
    expect(await ageOf(second)).toBeGreaterThan(3)
    const { samples } = await scrape(first.metrics!)
    expect(samples.filter(({ name }) => name.startsWith('temporal_'))).toEqual([])
  })

  it('Should export no poll ages where other code owns the runtime of the process', async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') })
    const connection = await NativeConnection.connect({ address: temporal.address })
    onTestFinished(() => connection.close())
    const { api, metrics } = await start('third')
    await taskReaches(api, await startRun(api, 'hello', {}), 'gate', 'running')
    const { samples } = await scrape(metrics!)
    expect(sumOf(samples, 'compozy_temporal_workers_running_total')).toBe(1)
    expect(samples.filter(({ name }) => name === pollAge)).toEqual([])
  })
})
