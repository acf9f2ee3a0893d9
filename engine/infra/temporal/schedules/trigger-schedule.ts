import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'

/** Temporal's code of the overlap policy that starts a run whatever else runs. */
const allowAll = 6

/** How long Temporal may take to start the run, ms, and how often it is asked. */
const startsWithinMs = 3_000
const pollMs = 50

/** What to trigger. `scheduledId` is the id of its runs, to which Temporal appends the time. */
interface TriggerRequest {
  readonly scheduleId: string
  readonly scheduledId: string
}

/** Returns the id that Temporal gives to the run of a schedule at this time. */
function idAt(scheduledId: string, at: number): string {
  return `${scheduledId}-${new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')}`
}

async function exists(client: Client, execId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(execId).describe()
    return true
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}

/**
 * Starts a run of a schedule now. Returns its id once the run exists; null if Temporal has not
 * started it within a few seconds. Temporal's answer to a trigger names no run, so the time that
 * its id ends in is chosen here: the first second that no run has yet.
 */
export async function triggerSchedule(
  client: Client,
  { scheduleId, scheduledId }: TriggerRequest,
): Promise<string | null> {
  let at = Math.floor(Date.now() / 1_000) * 1_000
  while (await exists(client, idAt(scheduledId, at))) at += 1_000
  await client.workflowService.patchSchedule({
    namespace: client.options.namespace,
    scheduleId,
    identity: client.options.identity,
    requestId: randomUUID(),
    patch: { triggerImmediately: { overlapPolicy: allowAll, scheduledTime: msToTs(at) } },
  })
  const execId = idAt(scheduledId, at)
  const deadline = performance.now() + startsWithinMs
  while (performance.now() < deadline) {
    if (await exists(client, execId)) return execId
    await sleep(pollMs)
  }
  return null
}
