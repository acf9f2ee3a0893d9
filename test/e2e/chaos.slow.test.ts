import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Client } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chaosTypes, taskQueue } from '../chaos/types.ts'
import { eventually } from '../support/compozy.ts'
import { scrape, type Sample } from '../support/metrics.ts'
import { namespace, startTemporal } from './fixtures/temporal.ts'

const root = resolve(import.meta.dirname, '../..')
/** `CHAOS_RUNS=125` drives 1,000 runs. */
const runsPerType = Number(process.env['CHAOS_RUNS'] ?? 40)
const hops = 3
const outcomes = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELED: 'canceled',
  CONTINUED_AS_NEW: 'continued_as_new',
} as const

interface ChaosWorker {
  /** What it has counted as far as anybody saw. */
  readonly seen: { samples: readonly Sample[] }
  look(): Promise<void>
  kill(): Promise<void>
  /** Ends the worker and looks a last time. */
  stop(): Promise<void>
}

async function startWorker(address: string, bundle: string): Promise<ChaosWorker> {
  const script = join(root, 'test/chaos/worker.ts')
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', 'tsx', script, address, namespace, bundle],
    {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const { value: url } = (await lines.next()) as { value: string }
  const seen = { samples: [] as readonly Sample[] }
  const look = async (): Promise<void> => {
    seen.samples = (await scrape(url)).samples
  }
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    seen,
    look,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      await lines.next()
      await look()
    },
  }
}

async function bundleFile(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'test/chaos/workflows.ts'),
    workflowInterceptorModules: [join(root, 'engine/infra/monitoring/sandbox.ts')],
    logger: new DefaultLogger('ERROR', () => undefined),
  })
  const file = join(folder, 'bundle.js')
  writeFileSync(file, code)
  return file
}

/** Starts one run and does to it what its type needs to end. */
async function drive(client: Client, type: (typeof chaosTypes)[number], i: number): Promise<void> {
  const handle = await client.workflow.start(type, {
    taskQueue,
    workflowId: `${type}-${i}`,
    args: [{ hopsLeft: hops }],
  })
  if (type === 'canceled') await handle.cancel()
  if (type === 'handler_fails') await handle.signal('any')
  if (type === 'raced') {
    // The first closes the run; the others race it, and may come too late.
    await handle.signal('any')
    await Promise.allSettled(Array.from({ length: 3 }, () => handle.signal('any')))
  }
}

/** Closes by type and outcome as the server lists them. */
async function truthOf(client: Client): Promise<Record<string, number>> {
  const truth: Record<string, number> = {}
  for (const type of chaosTypes) {
    const { groups } = await client.workflow.count(
      `WorkflowType='${type}' GROUP BY ExecutionStatus`,
    )
    for (const { count, groupValues } of groups) {
      const status = String(groupValues.flat()[0])
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .toUpperCase()
      truth[`${type} ${status in outcomes ? outcomes[status as keyof typeof outcomes] : status}`] =
        count
    }
  }
  return truth
}

function sumUp(workers: readonly ChaosWorker[], name: string): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const { seen } of workers) {
    for (const { name: found, labels, value } of seen.samples) {
      if (found !== name || value === 0) continue
      const key = Object.values(labels).join(' ')
      sum[key] = (sum[key] ?? 0) + value
    }
  }
  return sum
}

const closedFamily = 'compozy_temporal_workflow_closed_total'

/** Drives all runs, killing a worker and starting another `kills` times on the way. */
async function chaos(kills: number) {
  const temporal = await startTemporal()
  onTestFinished(() => temporal.stop())
  const folder = mkdtempSync(join(tmpdir(), 'compozy-chaos-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const bundle = await bundleFile(folder)
  const workers = [
    await startWorker(temporal.address, bundle),
    await startWorker(temporal.address, bundle),
  ]
  const { client } = temporal

  const all = Array.from({ length: runsPerType }, (_, i) =>
    chaosTypes.map((type) => ({ type, i })),
  ).flat()
  const killAt = Array.from({ length: kills }, (_, k) =>
    Math.floor(((k + 1) * all.length) / (kills + 1)),
  )
  const killed = new Set<ChaosWorker>()
  for (let from = 0; from < all.length; from += 8) {
    await Promise.all(all.slice(from, from + 8).map(({ type, i }) => drive(client, type, i)))
    if (!killAt.some((at) => at >= from && at < from + 8)) continue
    const victim = workers.at(-1)!
    await victim.look()
    await victim.kill()
    killed.add(victim)
    workers.push(await startWorker(temporal.address, bundle))
  }
  const open = () => client.workflow.count(`TaskQueue='${taskQueue}' AND ExecutionStatus='Running'`)
  await eventually(open, ({ count }) => count === 0, { timeoutMs: 240_000, everyMs: 500 })
  for (const worker of workers) if (!killed.has(worker)) await worker.stop()

  const truth = await truthOf(client)
  const counted = sumUp(workers, closedFamily)
  const started = sumUp(workers, 'compozy_temporal_workflow_started_total')
  const failures = sumUp(workers, 'compozy_temporal_workflow_task_failures_total')
  const keys = [...new Set([...Object.keys(truth), ...Object.keys(counted)])].toSorted()
  const lost = keys.reduce((sum, key) => sum + (truth[key] ?? 0) - (counted[key] ?? 0), 0)
  console.log(`${kills} kills: truth ${JSON.stringify(truth)}`)
  console.log(`counted ${JSON.stringify(counted)}; started ${JSON.stringify(started)}`)
  console.log(
    `gone with killed processes: ${lost}; workflow task failures ${JSON.stringify(failures)}`,
  )
  return { truth, counted, started, failures, lost }
}

const expected = {
  'plain completed': runsPerType,
  'fails failed': runsPerType,
  'stumbles completed': runsPerType,
  'timer completed': runsPerType,
  'raced completed': runsPerType,
  'chain completed': runsPerType,
  'chain continued_as_new': hops * runsPerType,
  'canceled canceled': runsPerType,
  'handler_fails failed': runsPerType,
}

describe('runs of eight types in a cache of two', () => {
  it('Should be counted exactly as the server lists them', async () => {
    const { truth, counted, started, failures } = await chaos(0)
    expect(truth).toEqual(expected)
    expect(counted).toEqual(truth)
    expect(started).toEqual(Object.fromEntries(chaosTypes.map((type) => [type, runsPerType])))
    expect(failures).toEqual({ 'stumbles workflow_error': 2 * runsPerType })
  })

  it('Should never be counted more than once with three workers killed, and miss only what these had', async () => {
    const { truth, counted, lost } = await chaos(3)
    expect(truth).toEqual(expected)
    const tooMuch = Object.keys(counted).filter((key) => counted[key]! > (truth[key] ?? 0))
    expect(tooMuch).toEqual([])
    // What a killed process had counted after it was looked at; between look and kill lie
    // milliseconds.
    expect(lost).toBeLessThanOrEqual(3 * 20)
  })
})
