import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonValue } from '../../engine/core/json.ts'
import type { ExecutionSummary } from '../../engine/executions.ts'
import { call, closed, startRun, taskReaches } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

const families = ['started', 'completed', 'failed'] as const

/** What one process counted, by family. */
type Counts = Readonly<Record<(typeof families)[number], number>>

async function countsOf({ ready }: Running): Promise<Counts> {
  const { samples } = await scrape(ready.metrics!)
  const value = (family: string) =>
    sumOf(samples, `compozy_temporal_workflow_${family}_total`, { workflow_type: 'order' })
  return { started: value('started'), completed: value('completed'), failed: value('failed') }
}

const add = (a: Counts, b: Counts): Counts => ({
  started: a.started + b.started,
  completed: a.completed + b.completed,
  failed: a.failed + b.failed,
})

const apple = { items: [{ sku: 'apple', quantity: 3 }] }
const piano = { items: [{ sku: 'piano' }] }

/** Forty runs of each: plain, failing, canceled, signaled, timed out waiting. */
const mix: readonly { input: JsonValue; act: 'none' | 'cancel' | 'approve' }[] = Array.from(
  { length: 200 },
  (_, i) => {
    if (i % 5 === 0) return { input: apple, act: 'none' }
    if (i % 5 === 1) return { input: { ...apple, card: 'declined' }, act: 'none' }
    if (i % 5 === 2) return { input: piano, act: 'cancel' }
    if (i % 5 === 3) return { input: piano, act: 'approve' }
    return { input: { ...piano, hurry: true }, act: 'none' }
  },
)

describe('counts under a killed worker', () => {
  it('Should equal what the server lists for 200 runs, apart from what the killed process had not shown yet', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const base = ['--cwd', project.dir, '--port', '0']
    const server = await startCompozy(['dev', ...base, '--temporal-port', '0', '--workers', '0'])
    onTestFinished(async () => void (await server.stop()))
    const api = server.ready.api
    const startWorker = () =>
      startCompozy(['worker', ...base, '--temporal-address', server.ready.temporal])
    const [survivor, victim] = await Promise.all([startWorker(), startWorker()])
    onTestFinished(async () => void (await survivor.stop()))

    const ids: string[] = []
    const drive = async ({ input, act }: (typeof mix)[number]): Promise<void> => {
      const id = await startRun(api, 'order', input)
      ids.push(id)
      if (act === 'none') return
      await taskReaches(api, id, 'approval', 'running')
      const path = act === 'cancel' ? 'cancel' : 'signals/approve'
      await call(
        api,
        'POST',
        `/api/v0/executions/workflows/${id}/${path}`,
        act === 'cancel' ? {} : { approved: true },
      )
    }
    const batch = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i += 10)
        await Promise.all(mix.slice(i, Math.min(i + 10, to)).map(drive))
    }

    await batch(0, 100)
    const lastSeen = await countsOf(victim)
    const listedAtScrape = (await list(api)).length
    await victim.kill()
    const replacement = await startWorker()
    onTestFinished(async () => void (await replacement.stop()))
    await batch(100, 200)
    // By one list: to ask for each of 200 runs at once would be a load of its own.
    const items = await eventually(
      () => list(api),
      (runs) => runs.every(({ status }) => status !== 'running'),
      { timeoutMs: 120_000, everyMs: 500 },
    )
    const truth: Counts = {
      started: items.length,
      completed: items.filter(({ status }) => status === 'completed').length,
      failed: items.filter(({ status }) => status === 'failed').length,
    }
    const counted = await eventually(
      async () => [lastSeen, await countsOf(survivor), await countsOf(replacement)].reduce(add),
      (sum) =>
        families.every((family) => truth[family] - sum[family] <= items.length - listedAtScrape),
    )
    const lost = families.map((family) => `${family} ${truth[family] - counted[family]}`).join(', ')
    console.log(
      `truth ${JSON.stringify(truth)}; counted ${JSON.stringify(counted)}; gone with the killed process: ${lost}`,
    )
    expect(truth).toEqual({ started: 200, completed: 120, failed: 40 })
    for (const family of families) {
      // Never more than the truth; less only by what the victim counted after its last scrape.
      expect(counted[family]).toBeLessThanOrEqual(truth[family])
      expect(truth[family] - counted[family]).toBeLessThanOrEqual(10)
    }
  })

  it('Should equal what the server lists exactly when the worker is stopped instead of killed', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const base = ['--cwd', project.dir, '--port', '0']
    const server = await startCompozy(['dev', ...base, '--temporal-port', '0', '--workers', '0'])
    onTestFinished(async () => void (await server.stop()))
    const api = server.ready.api
    const worker = await startCompozy([
      'worker',
      ...base,
      '--temporal-address',
      server.ready.temporal,
    ])
    onTestFinished(async () => void (await worker.stop()))
    const ids = await Promise.all(
      mix.slice(0, 20).map(({ input }) => startRun(api, 'order', input)),
    )
    for (const [i, id] of ids.entries()) {
      if (mix[i]!.act === 'none') continue
      await taskReaches(api, id, 'approval', 'running')
      await call(api, 'POST', `/api/v0/executions/workflows/${id}/cancel`, {})
    }
    await Promise.all(ids.map((id) => closed(api, id, 60_000)))
    await eventually(
      () => countsOf(worker),
      (counted) =>
        JSON.stringify(counted) === JSON.stringify({ started: 20, completed: 8, failed: 4 }),
    )
  })
})

async function list(api: string): Promise<ExecutionSummary[]> {
  const items: ExecutionSummary[] = []
  for (let cursor = ''; ;) {
    const { body } = await call(api, 'GET', `/api/v0/executions/workflows?limit=100${cursor}`)
    // The JSON of a list, as its schema has it.
    items.push(...(body['items'] as unknown as ExecutionSummary[]))
    const next = body['next_cursor']
    if (typeof next !== 'string') return items
    cursor = `&cursor=${encodeURIComponent(next)}`
  }
}
