import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { JsonValue } from '../../engine/core/json.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import {
  findTemporalBinary,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'
import type { ExecutionSummary } from '../../engine/executions.ts'
import { call, closed, startRun } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { exampleRuns } from '../support/examples.ts'
import { scrape, sumOf } from '../support/metrics.ts'

/**
 * What is started of each example, so many runs at a time: when the first has ended, the others are
 * in their middle.
 */
const started: readonly { example: string; workflow: string; input: JsonValue; runs: number }[] = [
  {
    example: 'quickstart',
    workflow: 'order',
    input: { items: [{ sku: 'apple', quantity: 3 }] },
    runs: 12,
  },
  { example: 'custom-metrics', workflow: 'checkout', input: { amount: 20 }, runs: 12 },
  { example: 'events', workflow: 'sale', input: { article: 'melon' }, runs: 12 },
  ...exampleRuns
    .filter(
      ({ signals, example }, i, all) =>
        !signals && all.findIndex((run) => run.example === example) === i,
    )
    .map(({ example, workflow, input }) => ({
      example,
      workflow,
      input,
      runs: example === 'fan-out' ? 3 : 12,
    })),
]

/** What the slow lane kills; KILLS=all kills every example, in five minutes. */
const slowLane = ['quickstart', 'child-workflows', 'compensation']
const killed =
  process.env['KILLS'] === 'all'
    ? started
    : started.filter(({ example }) => slowLane.includes(example))

const families = ['started', 'completed', 'failed'] as const
const table: string[] = []

/**
 * A tool that is killed has used up an attempt; so that its run goes on, every task with a tool
 * gets some.
 */
function addRetries(dir: string): void {
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.yaml') || name.endsWith('compozy.yaml')) continue
    const text = readFileSync(join(dir, name), 'utf8')
    const retried = text
      .replaceAll(
        /^( +)tool: [\w-]+$(?!\n(?: +\w.*\n)*? +retr)/gm,
        (line, indent: string) => `${line}\n${indent}retries: 3`,
      )
      .replaceAll(/(\{[^}\n]*)\btool: /g, '$1retries: 3, tool: ')
    writeFileSync(join(dir, name), retried)
  }
}

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(pid)
        )
      } catch {
        return false
      }
    })
    .map(Number)

/** Ids differ from run to run, and so does how often a tool was tried where it was killed. */
const comparable = (output: JsonValue): JsonValue =>
  JSON.parse(
    JSON.stringify(output)
      .replaceAll(/(?<=-)[0-9a-f]{8,32}\b/g, 'ID')
      .replaceAll(/"attempts":\d+/g, '"attempts":0'),
  ) as JsonValue

async function list(api: string, workflow: string): Promise<readonly ExecutionSummary[]> {
  const { body } = await call(
    api,
    'GET',
    `/api/v0/executions/workflows?workflow_id=${workflow}&limit=200`,
  )
  // The JSON of a list, as its schema has it.
  return body['items'] as unknown as ExecutionSummary[]
}

async function countsOf({ ready }: Running, workflow: string): Promise<readonly number[]> {
  const { samples } = await scrape(ready.metrics!)
  return families.map((family) =>
    sumOf(samples, `compozy_temporal_workflow_${family}_total`, { workflow_type: workflow }),
  )
}

async function truthOf(api: string, workflow: string): Promise<readonly number[]> {
  const items = await list(api, workflow)
  const of = (status: string) => items.filter((item) => item.status === status).length
  return [items.length, of('completed'), of('failed')]
}

describe.each(killed)('$example, killed in the middle', ({ example, workflow, input, runs }) => {
  it('Should give what it gives undisturbed, and count it', async () => {
    const project = copyProject(`examples/${example}`)
    onTestFinished(project.remove)
    addRetries(project.dir)
    const { path: binary } = await findTemporalBinary({ env: process.env })
    const startTemporal = (port: number): Promise<DevServer> =>
      startDevServer({
        binary,
        port,
        namespace: 'default',
        databaseFile: join(project.dir, 'temporal.db'),
        logger: silentLogger,
      })
    let temporal = await startTemporal(0)
    temporal.died.catch(() => undefined)
    onTestFinished(() => temporal.stop())
    const base = ['--cwd', project.dir, '--port', '0', '--temporal-address', temporal.address]
    const { ready, stop } = await startCompozy(['start', ...base, '--workers', '0'])
    onTestFinished(async () => void (await stop()))
    let worker = await startCompozy(['worker', ...base])
    onTestFinished(async () => void (await worker.stop()))
    const { api } = ready

    const undisturbed = await closed(api, await startRun(api, workflow, input), 60_000)
    expect(undisturbed).toMatchObject({ status: 'completed', error: null })

    /** Starts the runs, does it when the first has ended, and waits for all. */
    async function disturb(kill: () => Promise<unknown>): Promise<number> {
      const ids = await Promise.all(
        Array.from({ length: runs }, () => startRun(api, workflow, input)),
      )
      const statuses = async () => {
        const items = await list(api, workflow)
        return items.filter(({ exec_id: id }) => ids.includes(id)).map(({ status }) => status)
      }
      await eventually(statuses, (all) => all.includes('completed'), {
        timeoutMs: 60_000,
        everyMs: 10,
      })
      const open = (await statuses()).filter((status) => status === 'running').length
      await kill()
      const ends = await Promise.all(
        ids.map((id) =>
          eventually(
            () => end(id),
            ({ status }) => status !== 'running',
            { timeoutMs: 120_000, everyMs: 200 },
          ),
        ),
      )
      expect(ends.map(({ status, error }) => ({ status, error }))).toEqual(
        ids.map(() => ({ status: 'completed', error: null })),
      )
      expect(ends.map(({ output }) => comparable(output))).toEqual(
        ids.map(() => comparable(undisturbed.output)),
      )
      return open
    }
    /** A run; while Temporal is away there is no answer, which is asked for again. */
    const end = async (id: string) => {
      const { status, body } = await call(api, 'GET', `/api/v0/executions/workflows/${id}`)
      return status === 200
        ? { status: body['status'], error: body['error'], output: body['output']! }
        : { status: 'running', error: null, output: null }
    }
    const note = async (killed: string, open: number) => {
      const [truth, counted] = [await truthOf(api, workflow), await countsOf(worker, workflow)]
      table.push(
        `${example} | ${killed} | ${open} of ${runs} open | counted ${counted.join('/')} of ${truth.join('/')}`,
      )
    }
    const exact = () =>
      eventually(
        async () => [await countsOf(worker, workflow), await truthOf(api, workflow)],
        ([counted, truth]) => JSON.stringify(counted) === JSON.stringify(truth),
      )

    const tools = await disturb(async () => {
      for (const pid of childrenOf(worker.process.pid!)) process.kill(pid, 'SIGKILL')
    })
    await exact()
    await note('tools', tools)

    const server = await disturb(async () => {
      process.kill(temporal.pid, 'SIGKILL')
      await temporal.died.catch(() => undefined)
      temporal = await startTemporal(Number(temporal.address.split(':')[1]))
      temporal.died.catch(() => undefined)
    })
    // A close that the killed server took without saying so is one that this worker was refused.
    const [seen, there] = await eventually(
      async () => [await countsOf(worker, workflow), await truthOf(api, workflow)] as const,
      ([counted, truth]) => truth[1]! - counted[1]! <= 2,
    )
    expect(seen[0]).toBe(there[0])
    expect(seen[1]).toBeLessThanOrEqual(there[1]!)
    expect(seen[2]).toBe(0)
    await note('temporal', server)

    const before = await countsOf(worker, workflow)
    const workers = await disturb(async () => {
      await worker.kill()
      worker = await startCompozy(['worker', ...base])
    })
    const truth = await truthOf(api, workflow)
    // What the killed one counted after its last scrape went with it; nothing is counted twice.
    const after = await countsOf(worker, workflow)
    const sum = after.map((count, i) => count + before[i]!)
    expect(sum.every((count, i) => count <= truth[i]!)).toBe(true)
    expect(truth).toEqual([1 + 3 * runs, 1 + 3 * runs, 0])
    await note(`worker (counted ${before.join('/')} before it)`, workers)
  })
})

afterAll(() => console.log(table.join('\n')))
