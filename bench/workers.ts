import { join } from 'node:path'
import { startFlowServer } from './flow-server.ts'
import { ended, startScript, usageOf } from './processes.ts'

/**
 * The workers that are measured beside each other: engines, and one with workflows written by hand.
 */
export const workerArms = ['off', 'control', 'on', 'hand_written'] as const

/** One of {@link workerArms}. */
export type WorkerArm = (typeof workerArms)[number]

/** The same work for an engine and by hand. */
export interface Job {
  /** Workflow of `fixtures/flow`. */
  readonly workflow: string
  /** What is written by hand, and its argument. */
  readonly handWritten: { readonly type: string; readonly calls: number }
}

/** The workers of all arms on one server. */
export interface Workers {
  /** Does a job once on this arm and waits for its end. */
  execute(arm: WorkerArm, job: Job): Promise<void>
  /** CPU time of the arm's worker so far, ms. */
  cpuMs(arm: WorkerArm): number
  stop(): Promise<void>
}

/** Arms whose workers are profiled, each thread as a file. */
const profiledArms: readonly WorkerArm[] = ['on', 'hand_written']

/** Options of Node.js that write the profiles of an arm's threads when its process ends. */
function profileFlags(arm: WorkerArm, folder: string | undefined): readonly string[] {
  if (folder === undefined || !profiledArms.includes(arm)) return []
  return ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', join(folder, arm)]
}

/**
 * Starts a real Temporal server and a worker for each arm, each on a separate queue.
 * @param profileTo folder for the CPU profiles of two arms
 */
export async function startWorkers(profileTo?: string): Promise<Workers> {
  const server = await startFlowServer()
  const { client, project, temporal } = server
  const worker = (arm: WorkerArm, monitoring: boolean) =>
    server.startWorker(
      arm,
      { MONITORING_ENABLED: String(monitoring) },
      profileFlags(arm, profileTo),
    )
  const [off, control, on, hand] = await Promise.all([
    worker('off', false),
    worker('control', false),
    worker('on', true),
    startScript(
      'peers/hand-written-worker.js',
      [temporal, 'hand_written', project],
      profileFlags('hand_written', profileTo),
    ),
  ])
  const children = { off, control, on, hand_written: hand }
  let next = 0

  return {
    async execute(arm, { workflow, handWritten }) {
      const byHand = arm === 'hand_written'
      await client.workflow.execute(byHand ? handWritten.type : workflow, {
        taskQueue: arm,
        workflowId: `bench-${next++}`,
        args: [byHand ? handWritten.calls : await server.argumentOf(workflow)],
      })
    },
    cpuMs: (arm) => usageOf(children[arm].pid).cpu * 1_000,
    async stop() {
      if (profileTo !== undefined) {
        // Node.js writes a profile when a process ends by itself.
        for (const arm of profiledArms) children[arm].kill('SIGTERM')
        await Promise.all(profiledArms.map((arm) => ended(children[arm])))
      }
      await server.stop(Object.values(children))
    },
  }
}
