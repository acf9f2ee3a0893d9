import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { startFlowServer } from './flow-server.ts'
import { ended, startScript, usageOf } from './processes.ts'

/** An engine with or without monitoring, or a worker of workflows written by hand. */
export type WorkerKind = 'off' | 'on' | 'hand_written'

/** The same work for an engine and by hand. */
export interface Job {
  /** Workflow of `fixtures/flow`. */
  readonly workflow: string
  /** What is written by hand, and its argument. */
  readonly handWritten: { readonly type: string; readonly calls: number }
}

/** Workers that are measured beside each other, on one server. */
export interface Workers<A extends string> {
  readonly arms: readonly A[]
  /** Does a job once on this arm and waits for its end. */
  execute(arm: A, job: Job): Promise<void>
  /** CPU time of the arm's worker so far, ms. */
  cpuMs(arm: A): number
  stop(): Promise<void>
}

/** Options of Node.js that write the profiles of an arm's threads when its process ends. */
function profileFlags(arm: string, folder: string | undefined): readonly string[] {
  if (folder === undefined) return []
  return ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', join(folder, arm)]
}

/**
 * Starts a real Temporal server and a worker for each arm, each on a separate queue and one after
 * the other, in this order.
 * @param profileTo folder for the CPU profiles of the arms that are not `off`
 */
export async function startWorkers<A extends string>(
  kinds: Readonly<Record<A, WorkerKind>>,
  profileTo?: string,
): Promise<Workers<A>> {
  const server = await startFlowServer()
  const { client, project, temporal } = server
  const arms = Object.keys(kinds) as A[]
  const profiled = profileTo === undefined ? [] : arms.filter((arm) => kinds[arm] !== 'off')
  const start = (arm: A): Promise<ChildProcess> => {
    const flags = profileFlags(arm, profiled.includes(arm) ? profileTo : undefined)
    return kinds[arm] === 'hand_written'
      ? startScript('peers/hand-written-worker.js', [temporal, arm, project], flags)
      : server.startWorker(arm, { MONITORING_ENABLED: String(kinds[arm] === 'on') }, flags)
  }
  const children = new Map<A, ChildProcess>()
  for (const arm of arms) children.set(arm, await start(arm))
  let next = 0

  return {
    arms,
    async execute(arm, { workflow, handWritten }) {
      const byHand = kinds[arm] === 'hand_written'
      await client.workflow.execute(byHand ? handWritten.type : workflow, {
        taskQueue: arm,
        workflowId: `bench-${next++}`,
        args: [byHand ? handWritten.calls : await server.argumentOf(workflow)],
      })
    },
    cpuMs: (arm) => usageOf(children.get(arm)!.pid).cpu * 1_000,
    async stop() {
      // Node.js writes a profile when a process ends by itself.
      for (const arm of profiled) children.get(arm)!.kill('SIGTERM')
      await Promise.all(profiled.map((arm) => ended(children.get(arm)!)))
      await server.stop([...children.values()])
    },
  }
}
