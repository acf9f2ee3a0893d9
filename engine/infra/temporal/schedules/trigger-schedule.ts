import { randomInt, randomUUID } from 'node:crypto'
import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'

/** Temporal's code of the overlap policy that starts a run whatever else runs. */
const allowAll = 6

/** How long Temporal may take to start the run, ms, and how often it is asked. */
const startsWithinMs = 3_000
const pollMs = 50

const nanosPerMs = 1_000_000
/** Nanoseconds below the millisecond that mark a time as chosen by Compozy, not by a clock. */
const triggerMark = 424_242

/** Ids that a process remembers; past that, it learns from Temporal again which are taken. */
const rememberedIds = 1_000

/** What to trigger. `scheduledId` is the id of its runs, to which Temporal appends the time. */
export interface TriggerRequest {
  readonly scheduleId: string
  readonly scheduledId: string
}

/**
 * Starts a run of a schedule now. Returns its id once the run exists; null if Temporal has not
 * started it within a few seconds. Triggers of one schedule must follow one another.
 */
export type TriggerSchedule = (request: TriggerRequest) => Promise<string | null>

/** Returns the id that Temporal gives to the run of a schedule in this second. */
function idIn(scheduledId: string, second: number): string {
  return `${scheduledId}-${new Date(second * 1_000).toISOString().replace(/\.\d+Z$/, 'Z')}`
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/**
 * Creates the triggers of one process. Temporal's answer to a trigger names no run, so the second
 * that its id ends in is chosen here: the last one without a run. A coming second would take the id
 * of a scheduled run.
 *
 * Two processes may choose the same second. Temporal then starts one run and lists the exact time
 * of its trigger. The process whose time it is not triggers again, with another second.
 *
 * What can still happen between processes: Temporal keeps one trigger of a schedule until it reads
 * it, so that of two with different seconds the first may be dropped. It gets null, and no run.
 * Both get the id of one run if they choose the same millisecond, or if ten other runs start before
 * Temporal is asked. A Temporal that ignores the chosen time starts at most one run a second.
 */
export function createTriggerSchedule(
  client: Client,
  /** Returns a whole number from 0, below the argument; for tests. */
  random: (below: number) => number = randomInt,
): TriggerSchedule {
  const { workflow, workflowService, options } = client
  const { namespace, identity } = options
  const taken = new Set<string>()

  async function exists(execId: string): Promise<boolean> {
    try {
      await workflow.getHandle(execId).describe()
      return true
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false
      throw error
    }
  }

  /** Takes the last second whose id no run has. */
  async function takeSecond(scheduledId: string): Promise<number> {
    for (let second = Math.floor(Date.now() / 1_000); ; second--) {
      const execId = idIn(scheduledId, second)
      if (taken.has(execId)) continue
      if (taken.size >= rememberedIds) taken.clear()
      taken.add(execId)
      if (!(await exists(execId))) return second
    }
  }

  async function startsBefore(deadline: number, execId: string): Promise<boolean> {
    while (performance.now() < deadline) {
      if (await exists(execId)) return true
      await sleep(pollMs)
    }
    return false
  }

  /** Reports whether a trigger of another process has started the run. */
  async function isOthers(scheduleId: string, execId: string, own: number): Promise<boolean> {
    const asked = workflowService.describeSchedule({ namespace, scheduleId })
    // The run is there: not to know whose it is does not fail the trigger.
    const description = await asked.catch(() => undefined)
    const nanos = (description?.info?.recentActions ?? [])
      .filter(({ startWorkflowResult }) => startWorkflowResult?.workflowId === execId)
      .map(({ scheduleTime }) => scheduleTime?.nanos ?? 0)
    return !nanos.includes(own) && nanos.some((each) => each % nanosPerMs === triggerMark)
  }

  return async ({ scheduleId, scheduledId }) => {
    const deadline = performance.now() + startsWithinMs
    while (performance.now() < deadline) {
      const second = await takeSecond(scheduledId)
      const execId = idIn(scheduledId, second)
      const nanos = random(1_000) * nanosPerMs + triggerMark
      const scheduledTime = { ...msToTs(second * 1_000), nanos }
      await workflowService.patchSchedule({
        namespace,
        scheduleId,
        identity,
        requestId: randomUUID(),
        patch: { triggerImmediately: { overlapPolicy: allowAll, scheduledTime } },
      })
      if (!(await startsBefore(deadline, execId))) return null
      if (!(await isOthers(scheduleId, execId, nanos))) return execId
    }
    return null
  }
}
