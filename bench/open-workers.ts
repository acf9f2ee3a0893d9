import type { ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startFlowServer } from './flow-server.ts'
import type { HeapAnswer, HeapQuestion } from './heap-probe.ts'
import { startScript, usageOf } from './processes.ts'

/** Workers whose runs stay open: the engine's, the engine's again, and one written by hand. */
export const openArms = ['engine', 'control', 'hand_written'] as const

/** One of {@link openArms}. */
export type OpenArm = (typeof openArms)[number]

/** What a worker holds after a garbage collection, bytes. */
export interface WorkerMemory {
  readonly rss: number
  /** Heap of the thread that runs the workflows. */
  readonly workflows: number
  /** Heap of the main thread. */
  readonly main: number
}

/** Workers of all arms, freshly started, on a Temporal server of their own. */
export interface OpenWorkers {
  /** Opens runs until so many wait for their signal in the cache of this arm's worker. */
  openUpTo(arm: OpenArm, count: number): Promise<void>
  /** Signals every open run of this arm and waits until all have completed. */
  complete(arm: OpenArm): Promise<void>
  memory(arm: OpenArm): Promise<WorkerMemory>
  stop(): Promise<void>
}

/** More than any arm opens: what is measured is what a cached run holds. */
const cachedRuns = 10_000
/** Starts and signals under way at a time. */
const lanes = 16

const probe = ['--expose-gc', '--import', resolve(import.meta.dirname, 'heap-probe.js')]

/** Asks the probe of a worker. */
function ask(child: ChildProcess, question: HeapQuestion): Promise<HeapAnswer> {
  return new Promise((done) => {
    child.once('message', (answer) => done(answer as HeapAnswer))
    child.send(question)
  })
}

async function inLanes(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Starts a server and a worker for each arm, each on a queue of its own. */
export async function startOpenWorkers(): Promise<OpenWorkers> {
  const server = await startFlowServer()
  const { client, project, temporal } = server
  const env = {
    MONITORING_ENABLED: 'true',
    COMPOZY_WORKER_MAX_CACHED_RUNS: String(cachedRuns),
  }
  const engine = (arm: OpenArm) => server.startWorker(arm, env, probe)
  const handWritten = [temporal, 'hand_written', project, String(cachedRuns)]
  const children = {
    engine: await engine('engine'),
    control: await engine('control'),
    hand_written: await startScript('peers/hand-written-worker.js', handWritten, probe),
  }
  const argument = await server.argumentOf('wait')
  const open: Record<OpenArm, string[]> = { engine: [], control: [], hand_written: [] }
  let next = 0

  async function start(arm: OpenArm): Promise<void> {
    const workflowId = `open-${arm}-${next++}`
    const byHand = arm === 'hand_written'
    await client.workflow.start(byHand ? 'forSignal' : 'wait', {
      taskQueue: arm,
      workflowId,
      args: byHand ? [] : [argument],
    })
    open[arm].push(workflowId)
  }

  return {
    async openUpTo(arm, count) {
      await inLanes(count - open[arm].length, () => start(arm))
      while ((await ask(children[arm], 'count')).cached < count) await pause(50)
    },
    async complete(arm) {
      const ids = open[arm].splice(0)
      await inLanes(ids.length, async (index) => {
        const handle = client.workflow.getHandle(ids[index]!)
        await handle.signal('approve', { approved: true })
        await handle.result()
      })
      while ((await ask(children[arm], 'count')).cached > 0) await pause(50)
    },
    async memory(arm) {
      const { workflows, main } = await ask(children[arm], 'measure')
      return { rss: usageOf(children[arm].pid).rss * 2 ** 20, workflows, main }
    },
    stop: () => server.stop(Object.values(children)),
  }
}
