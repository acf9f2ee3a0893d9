import type { WorkflowInfo } from '@temporalio/workflow'
import type { Logger } from '../core/logger.ts'

/** The result of a step, in the SDK's types. */
interface StepResult {
  readonly failed?: { readonly failure?: { readonly message?: string | null } | null } | null
}

/** The workflow sandbox of one run, in the SDK's types. */
interface RunSandbox {
  activate(activation: unknown): Promise<StepResult>
}

/** The SDK's factory of workflow sandboxes; they share one thread. */
interface SandboxFactory {
  createWorkflow(options: { readonly info: WorkflowInfo }): Promise<RunSandbox>
}

type RunName = Pick<WorkflowInfo, 'runId' | 'workflowId' | 'workflowType'>

/** Options of a guard. */
export interface ThreadGuardOptions {
  readonly logger: Logger
  readonly now?: () => number
  /** CPU time of this process so far, ms. */
  readonly cpuMs?: () => number
}

/** The thread works one step off after the other; more than a few would wait where none is seen. */
const inFlight = 4

/** Runs of one workflow that held the thread before all its runs are suspect. */
const runsToSuspectAll = 2

/** Suspects may hold the thread for a tenth of the time: 5 s, then nothing for this long, ms. */
const pauseAfterHold = 45_000

/** Suspects remembered. */
const rememberedRuns = 10_000

/**
 * CPU time below which a step of 5 s did not hold the thread: the machine slept, was stopped or was
 * starved, ms. A step that never ends takes at least this much on a core that it shares with four.
 */
const leastCpuOfHold = 1_000

/**
 * How old the CPU time may be from which a step counts, ms: reading it is dear where hundreds of
 * steps start in a second, and so short a time adds little to the CPU of a step of 5 s.
 */
const oldestReading = 50

function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The SDK ends a step after 5 s with this error of Node.js. */
const wasHeld = (message: string | null | undefined): boolean =>
  message?.startsWith('Script execution timed out') === true

const messageOf = ({ failed }: StepResult): string | null | undefined => failed?.failure?.message

/**
 * Keeps runs whose steps hold the workflow thread from starving all others. All runs of a worker
 * share one thread, the SDK ends a step only after 5 s, and Temporal gives the step again. A run
 * that held the thread is suspect, and so are all runs of its workflow after two; one whose step
 * took 5 s because the whole process stood still is not. Steps of suspects
 * fail at once, without reaching the thread, but for one every 50 s: if that one completes, its
 * workflow is suspect no longer.
 */
export class ThreadGuard {
  readonly #logger: Logger
  readonly #now: () => number
  readonly #cpuMs: () => number
  /** Suspects, oldest first, with their workflow. */
  readonly #suspects = new Map<string, string>()
  readonly #waiting: (() => void)[] = []
  #running = 0
  #isProbing = false
  #nextProbeAt = -Infinity
  #reading = { at: -Infinity, cpuMs: 0 }

  constructor({ logger, now = () => performance.now(), cpuMs = processCpuMs }: ThreadGuardOptions) {
    this.#logger = logger
    this.#now = now
    this.#cpuMs = cpuMs
  }

  /**
   * Carries out one step of a run when the thread has room for it, or rejects it. Each call of a
   * tool takes a step: with room for it, this awaits nothing else.
   */
  async run<T extends StepResult>(run: RunName, step: () => Promise<T>): Promise<T> {
    if (this.#running >= inFlight) await new Promise<void>((go) => this.#waiting.push(go))
    this.#running++
    const cpuMs = this.#recentCpuMs()
    let isProbe = false
    try {
      // Asked only now: the steps before this one may have shown what its workflow does.
      isProbe = this.#isSuspect(run) && this.#beginProbe(run)
      const result = await step()
      const message = messageOf(result)
      this.#note(run, message, cpuMs)
      if (isProbe && !wasHeld(message)) this.#clear(run)
      return result
    } catch (error) {
      // A query that holds the thread is rejected.
      if (error instanceof Error) this.#note(run, error.message, cpuMs)
      throw error
    } finally {
      if (isProbe) this.#isProbing = false
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  #isSuspect({ runId, workflowType }: RunName): boolean {
    if (this.#suspects.size === 0) return false
    return this.#suspects.has(runId) || this.#suspectsOf(workflowType).length >= runsToSuspectAll
  }

  #suspectsOf(workflowType: string): string[] {
    return [...this.#suspects].filter(([, type]) => type === workflowType).map(([runId]) => runId)
  }

  /** Lets a suspect take its step if it is time for one, or throws. */
  #beginProbe({ workflowType }: RunName): true {
    if (this.#isProbing || this.#now() < this.#nextProbeAt)
      throw new Error(
        `held back: steps of ${workflowType} took more than 5 s and would block all other runs; ` +
          'one of them is tried again every 50 s',
      )
    this.#isProbing = true
    return true
  }

  /** Suspects no run of this workflow any longer. */
  #clear({ workflowType }: RunName): void {
    for (const runId of this.#suspectsOf(workflowType)) this.#suspects.delete(runId)
  }

  /** Suspects a run by the end of its step, which began at this CPU time of the process. */
  #note(run: RunName, message: string | null | undefined, cpuMs: number): void {
    if (wasHeld(message) && this.#cpuMs() - cpuMs >= leastCpuOfHold) this.#suspect(run)
  }

  #recentCpuMs(): number {
    const at = this.#now()
    if (at - this.#reading.at > oldestReading) this.#reading = { at, cpuMs: this.#cpuMs() }
    return this.#reading.cpuMs
  }

  #suspect({ runId, workflowId, workflowType }: RunName): void {
    this.#nextProbeAt = this.#now() + pauseAfterHold
    if (this.#suspects.has(runId)) return
    this.#suspects.set(runId, workflowType)
    if (this.#suspects.size > rememberedRuns)
      this.#suspects.delete(this.#suspects.keys().next().value!)
    this.#logger.error(
      { workflow_type: workflowType, exec_id: workflowId },
      'a step of this run took more than 5 s; the run is held back so that others go on',
    )
  }
}

/**
 * Guards the thread of a worker. `onLoad` is told each run that gets a sandbox, held back or not.
 * Returns false when the SDK hides what this needs.
 */
export function guardThread(
  worker: object,
  guard: ThreadGuard,
  onLoad: (info: WorkflowInfo) => void,
): boolean {
  const guarded = worker as { workflowCreator?: SandboxFactory }
  const factory = guarded.workflowCreator
  if (typeof factory?.createWorkflow !== 'function') return false
  const createWorkflow = factory.createWorkflow.bind(factory)
  factory.createWorkflow = async (options) => {
    onLoad(options.info)
    const sandbox = await createWorkflow(options)
    const activate = sandbox.activate.bind(sandbox)
    sandbox.activate = (activation) => guard.run(options.info, () => activate(activation))
    return sandbox
  }
  return true
}
