import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import type { ExecutionSummary } from '../../engine/executions.ts'
import { call, closed, execution, startRun } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

/** Items of the run whose workers are killed, and how often. */
const killedItems = Number(process.env['LARGE_KILLED_ITEMS'] ?? 2_550)
const kills = Number(process.env['LARGE_KILLS'] ?? 3)
/** Items of the run that nothing disturbs; 100,000 take about nine minutes. */
const items = Number(process.env['LARGE_ITEMS'] ?? 2_000)

/** Temporal suggests to continue as new at 4,096 events; calls in flight add up to 500 × 3. */
const longestHistory = 10_000
/** Time from a close in Temporal until the worker has counted it, ms. */
const countingDelay = 2_000
const hour = 3_600_000

/** A generator of numbers in [0, 1) that gives the same ones in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
}

/** The largest resident memory that a process ever had, MB. Linux only. */
function peakRss(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024
}

const families = ['started', 'completed', 'failed'] as const
type Counts = Readonly<Record<(typeof families)[number], number>>

/** What one worker's process counted until its last scrape. */
interface Life {
  readonly counts: Counts
  readonly items: number
  readonly scrapedAt: number
  endedAt: number
}

async function lifeOf({ ready }: Running): Promise<Life> {
  const scrapedAt = Date.now()
  const { samples } = await scrape(ready.metrics!)
  const of = (family: string) =>
    sumOf(samples, `compozy_temporal_workflow_${family}_total`, { workflow_type: 'large' })
  return {
    counts: { started: of('started'), completed: of('completed'), failed: of('failed') },
    items: sumOf(samples, 'compozy_task_executions_total', {
      workflow_type: 'large',
      task_type: 'basic',
      outcome: 'completed',
    }),
    scrapedAt,
    endedAt: Infinity,
  }
}

function total(lives: readonly Life[]): Counts {
  const of = (family: keyof Counts) => lives.reduce((sum, { counts }) => sum + counts[family], 0)
  return { started: of('started'), completed: of('completed'), failed: of('failed') }
}

async function listRuns(api: string): Promise<readonly ExecutionSummary[]> {
  const path = '/api/v0/executions/workflows?workflow_id=large&limit=200'
  const { body } = await call(api, 'GET', path)
  // The JSON of a list, as its schema has it.
  return body['items'] as unknown as readonly ExecutionSummary[]
}

/** Runs that started or closed in Temporal after the last scrape of a killed worker. */
function lostTail(runs: readonly ExecutionSummary[], lives: readonly Life[]): number {
  const isLost = (at: string | null): boolean =>
    at !== null &&
    lives.some(({ scrapedAt, endedAt }) => {
      const time = Date.parse(at)
      return time >= scrapedAt - countingDelay && time <= endedAt
    })
  return runs.filter((run) => isLost(run.started_at) || isLost(run.closed_at)).length
}

it(
  'Should give the exact output of a large run whose worker is killed again and again',
  async () => {
    const project = copyProject('test/e2e/fixtures/limits')
    onTestFinished(project.remove)
    const base = ['--cwd', project.dir, '--port', '0']
    const server = await startCompozy(['dev', ...base, '--temporal-port', '0', '--workers', '0'])
    onTestFinished(async () => void (await server.stop()))
    const { api, temporal } = server.ready
    const startWorker = () => startCompozy(['worker', ...base, '--temporal-address', temporal])
    const random = seeded(20_261_127)
    // Items of one worker until it is killed. It counts up to 500 at a time, the calls in flight:
    // with at least 850 items per kill the run is open at every one.
    const quotas = Array.from({ length: kills }, () =>
      Math.ceil((random() * 0.4 * killedItems) / kills),
    )
    const lives: Life[] = []
    let worker = await startWorker()
    onTestFinished(() => worker.kill())

    const begun = performance.now()
    const id = await startRun(api, 'large', { n: killedItems })
    const small: string[] = []
    const killedAt: number[] = []
    for (const quota of quotas) {
      for (let n = 0; n < 3; n++) small.push(await startRun(api, 'large', { n: 5 }))
      // What the worker counted itself: the run's view may stand still while the worker is busy.
      const life = await eventually(
        () => lifeOf(worker),
        (counted) => counted.items >= quota,
        { timeoutMs: 300_000, everyMs: 100 },
      )
      killedAt.push((killedAt.at(-1) ?? 0) + life.items)
      await worker.kill()
      lives.push({ ...life, endedAt: Date.now() })
      worker = await startWorker()
    }
    const { status, output, error } = await closed(api, id, hour)
    for (const each of small) await closed(api, each)
    const seconds = (performance.now() - begun) / 1_000

    const runs = await listRuns(api)
    const of = (wanted: string) => runs.filter((run) => run.status === wanted).length
    const truth: Counts = {
      started: runs.length,
      completed: of('completed'),
      failed: of('failed'),
    }
    const tail = lostTail(runs, lives)
    const last = await eventually(
      () => lifeOf(worker),
      (life) => truth.completed - total([...lives, life]).completed <= tail,
    )
    const counted = total([...lives, last])
    const countedItems = [...lives, last].reduce((sum, life) => sum + life.items, 0)
    console.log(
      `${killedItems} items, killed at ${killedAt.join(', ')}: ${seconds.toFixed(1)} s; ` +
        `Temporal ${JSON.stringify(truth)}, counted ${JSON.stringify(counted)}, at most ${tail} lost; ` +
        `${countedItems} of ${killedItems + 5 * small.length} items counted`,
    )
    expect({ status, error }).toEqual({ status: 'completed', error: null })
    expect(output).toEqual(Array.from({ length: killedItems }, (_, n) => n))
    expect(truth).toEqual({ started: 1 + small.length, completed: 1 + small.length, failed: 0 })
    const [large, ...others] = runs.filter((run) => run.exec_id === id)
    expect(others).toEqual([])
    // Each kill hit an open run.
    expect(Date.parse(large!.closed_at!)).toBeGreaterThan(lives.at(-1)!.endedAt)
    for (const family of families) {
      expect(counted[family]).toBeLessThanOrEqual(truth[family])
      expect(truth[family] - counted[family]).toBeLessThanOrEqual(tail)
    }
    expect(countedItems).toBeLessThanOrEqual(killedItems + 5 * small.length)
  },
  hour,
)

it(
  'Should bound the history of each run of a large collection, and give its exact output',
  async () => {
    const project = copyProject('test/e2e/fixtures/limits')
    onTestFinished(project.remove)
    const base = ['--cwd', project.dir, '--port', '0', '--temporal-port', '0']
    const engine = await startCompozy(['dev', ...base])
    onTestFinished(async () => void (await engine.stop()))
    const { api, temporal, namespace, metrics } = engine.ready
    const begun = performance.now()
    const id = await startRun(api, 'large', { n: items })
    const isOpen = async () => {
      const [run] = await listRuns(api)
      return run?.status !== 'running'
    }
    while (!(await isOpen())) await sleep(1_000)
    const { status, output, error } = await execution(api, id)
    const seconds = (performance.now() - begun) / 1_000

    const connection = await Connection.connect({ address: temporal })
    const client = new Client({ connection, namespace })
    const lengths: number[] = []
    for await (const { historyLength } of client.workflow.list({ query: `WorkflowId='${id}'` }))
      lengths.push(historyLength)
    await connection.close()
    const rss = peakRss(engine.process.pid)
    const { samples } = await scrape(metrics!)
    const counted = sumOf(samples, 'compozy_task_executions_total', {
      workflow_type: 'large',
      task_type: 'basic',
      outcome: 'completed',
    })
    console.log(
      `${items} items: ${seconds.toFixed(1)} s, ${lengths.length} runs, ` +
        `largest history ${Math.max(...lengths)} events, ${counted} items counted, ` +
        `at most ${rss.toFixed(0)} MB resident`,
    )
    expect({ status, error }).toEqual({ status: 'completed', error: null })
    expect(output).toEqual(Array.from({ length: items }, (_, n) => n))
    expect(counted).toBe(items)
    expect(lengths.length).toBeGreaterThan(1)
    const ofRun = engine
      .stderr()
      .split('\n')
      .filter((line) => line.includes(id))
    expect(ofRun.filter((line) => line.includes('run started'))).toHaveLength(1)
    expect(Math.max(...lengths)).toBeLessThan(longestHistory)
  },
  hour,
)
