import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

/** Together more than the heaps of the tests can hold. */
const runs = 600
const input = { text: 'x'.repeat(200_000) }
const lanes = 8

async function inLanes(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Posts until Temporal answers in time: a crowded machine may need more than the API waits. */
async function post(url: string, body: unknown, key: string): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  const { status, text } = await eventually(
    async () => {
      const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
      return { status: reply.status, text: await reply.text() }
    },
    (reply) => reply.status !== 504,
    { timeoutMs: 60_000 },
  )
  // A signal that was delivered although its answer came late may have completed the run.
  if (status !== 202 && status !== 409) throw new Error(`${status} ${text}`)
  return JSON.parse(text) as Record<string, string>
}

/** Temporal and the API without a worker. */
async function startApi(): Promise<{ api: Running; worker: readonly string[] }> {
  const project = copyProject('test/e2e/fixtures/open-runs')
  onTestFinished(project.remove)
  const base = ['--cwd', project.dir, '--port', '0']
  const env = { COMPOZY_RATE_LIMIT: '0' }
  const options = ['--temporal-port', '0', '--workers', '0']
  const api = await startCompozy(['dev', ...base, ...options], { env })
  onTestFinished(api.kill)
  return { api, worker: ['worker', ...base, '--temporal-address', api.ready.temporal] }
}

async function openRuns({ ready }: Running): Promise<string[]> {
  const ids: string[] = []
  await inLanes(runs, async (index) => {
    const url = `${ready.api}/api/v0/workflows/approval/executions`
    ids.push((await post(url, { input }, `open-${index}`))['exec_id']!)
  })
  return ids
}

const count = async (worker: Running, name: string): Promise<number> =>
  sumOf((await scrape(worker.ready.metrics!)).samples, name)

/** Signals every run and waits until the worker has counted all of them. */
async function completeAll(api: Running, worker: Running, ids: readonly string[]): Promise<void> {
  const runsUrl = `${api.ready.api}/api/v0/executions/workflows`
  await inLanes(ids.length, async (index) => {
    await post(`${runsUrl}/${ids[index]}/signals/approve`, { approved: true }, ids[index]!)
  })
  await eventually(
    () => count(worker, 'compozy_temporal_workflow_completed_total'),
    (completed) => completed === runs,
    { timeoutMs: 180_000, everyMs: 500 },
  )
}

const allStarted = (worker: Running): Promise<number> =>
  eventually(
    () => count(worker, 'compozy_temporal_workflow_started_total'),
    (started) => started === runs,
    { timeoutMs: 180_000, everyMs: 500 },
  )

const died = 'a Temporal worker died'

/** The most memory that a process had so far, MiB. */
function peakOf({ process: { pid } }: Running): number {
  const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kb) / 1_024
}

describe.skipIf(process.platform !== 'linux')('many open runs', () => {
  const smallHeap = { NODE_OPTIONS: '--max-old-space-size=96' }

  it('Should stay under the heap limit and complete every run', async () => {
    const { api, worker: args } = await startApi()
    const worker = await startCompozy(args, { env: smallHeap })
    onTestFinished(worker.kill)
    const ids = await openRuns(api)
    await allStarted(worker)
    await completeAll(api, worker, ids)
    expect(worker.stderr()).not.toContain(died)
    // Two heaps, the SDK's native core and the program.
    expect(peakOf(worker)).toBeLessThan(2 * 96 + 300)
    expect(await worker.stop()).toBe(0)
  })

  it('Should run out of memory without the limit on cached runs', async () => {
    const { api, worker: args } = await startApi()
    const env = { ...smallHeap, COMPOZY_WORKER_MAX_CACHED_RUNS: '100000' }
    const worker = await startCompozy(args, { env })
    onTestFinished(worker.kill)
    await openRuns(api)
    await eventually(
      () => Promise.resolve(worker.stderr()),
      (text) => text.includes(died),
      { timeoutMs: 180_000, everyMs: 500 },
    )
  })
})

/** A control group with a memory limit, where this machine permits one. */
function createMemoryGroup(bytes: number): string | undefined {
  const mount = '/sys/fs/cgroup'
  const [, own] = /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? []
  const isFirst = own !== undefined
  const parent = isFirst ? join(mount, 'memory', own) : mount
  const group = join(parent, `compozy-${process.pid}`)
  try {
    mkdirSync(group)
    const limit = isFirst ? 'memory.limit_in_bytes' : 'memory.max'
    writeFileSync(join(group, limit), String(bytes))
    return group
  } catch {
    return undefined
  }
}

describe.skipIf(process.platform !== 'linux')('many open runs in a container', () => {
  it('Should stay under the limit of the container and complete every run', async (context) => {
    const limit = 512
    const group = createMemoryGroup(limit * 2 ** 20)
    if (group === undefined) return context.skip('no right to make a control group')
    const { api, worker: args } = await startApi()
    const within = ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$0" "$@"`]
    const worker = await startCompozy(args, { within })
    onTestFinished(async () => {
      await worker.kill()
      rmdirSync(group)
    })
    const ids = await openRuns(api)
    await allStarted(worker)
    await completeAll(api, worker, ids)
    expect(worker.stderr()).not.toContain(died)
    expect(peakOf(worker)).toBeLessThan(limit)
    expect(await worker.stop()).toBe(0)
  })
})
