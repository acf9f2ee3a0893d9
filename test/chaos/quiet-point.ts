import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../support/compozy.ts'
import type { Fleet, Killing } from './fleet.ts'
import type { OpenLoad } from './open-load.ts'

/** What the three sides say when no run is open. */
export interface QuietPoint {
  /** Starts that the client got an answer to. */
  readonly answered: number
  /** Starts whose answer was lost: Temporal may have up to this many runs more. */
  readonly unanswered: number
  /** Runs in Temporal by status. */
  readonly temporal: Readonly<Record<string, number>>
  /** Answered runs that Temporal has not, or that did not complete. */
  readonly lost: number
  /** Sums over all processes, ended ones included. */
  readonly started: number
  readonly completed: number
  /**
   * Runs whose first workflow task Temporal gave out more than once, for it could not record the
   * first answer: each may be counted as started by two processes.
   */
  readonly restarted: number
  /** The most that SIGKILL of members can have hidden from every scrape, so far. */
  readonly heldByKills: { readonly started: number; readonly completed: number }
}

const startedFamily = 'compozy_temporal_workflow_started_total'
const completedFamily = 'compozy_temporal_workflow_completed_total'

/** A close is counted when the run leaves the cache: this much after Temporal has it, ms. */
const countedWithinMs = 1_000

/**
 * Runs that a killed member may have counted after the scrape that saw it last. All members share
 * the work, so this is more than that member had.
 */
async function heldBy({ client }: Fleet, { seenAt, killedAt }: Killing) {
  const from = new Date(seenAt - countedWithinMs).toISOString()
  const to = new Date(killedAt).toISOString()
  const [started, completed] = await Promise.all([
    client.workflow.count(`StartTime <= '${to}' AND CloseTime >= '${from}'`),
    client.workflow.count(`CloseTime BETWEEN '${from}' AND '${to}'`),
  ])
  return { started: started.count, completed: completed.count }
}

/** Reports whether Temporal gave out the first workflow task of a run more than once. */
async function isRestarted({ client }: Fleet, workflowId: string): Promise<boolean> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory()
  for (const { workflowTaskCompletedEventAttributes: done, ...event } of events ?? []) {
    if (done) return false
    if (event.workflowTaskTimedOutEventAttributes || event.workflowTaskFailedEventAttributes)
      return true
  }
  return false
}

async function countRestarted(fleet: Fleet, workflowIds: Iterable<string>): Promise<number> {
  let restarted = 0
  for (const workflowId of workflowIds) if (await isRestarted(fleet, workflowId)) restarted++
  return restarted
}

/** Resolves once two looks, two scrapes apart, show the same counts. */
async function counted({ ledger }: Fleet): Promise<{ started: number; completed: number }> {
  for (;;) {
    const look = () => ({
      started: ledger.sum(startedFamily),
      completed: ledger.sum(completedFamily),
    })
    const before = look()
    await sleep(3_000)
    const after = look()
    if (before.started === after.started && before.completed === after.completed) return after
  }
}

/** Waits until no run is open, and compares the client, Temporal and the counters. */
export async function quietPoint(fleet: Fleet, load: OpenLoad): Promise<QuietPoint> {
  const { client } = fleet
  await load.drained()
  await fleet.settled()
  await sleep(1_000)
  const open = () => client.workflow.count("ExecutionStatus='Running'")
  await eventually(open, ({ count }) => count === 0, { timeoutMs: 180_000, everyMs: 500 })
  const counts = await counted(fleet)
  const statuses = new Map<string, string>()
  for await (const { workflowId, status } of client.workflow.list())
    statuses.set(workflowId, status.name)
  const temporal: Record<string, number> = {}
  for (const status of statuses.values()) temporal[status] = (temporal[status] ?? 0) + 1
  const held = await Promise.all(fleet.killings.map((killing) => heldBy(fleet, killing)))
  const sum = (of: 'started' | 'completed'): number =>
    held.reduce((total, one) => total + one[of], 0)
  return {
    answered: load.started.size,
    unanswered: load.unanswered(),
    temporal,
    lost: [...load.started].filter((id) => statuses.get(id) !== 'COMPLETED').length,
    ...counts,
    // Histories are read only where they explain something.
    restarted: counts.started > statuses.size ? await countRestarted(fleet, statuses.keys()) : 0,
    heldByKills: { started: sum('started'), completed: sum('completed') },
  }
}

/** Runs in Temporal, and how many of them the counters miss; below 0 they count some twice. */
export function missedAt({ temporal, started, completed }: QuietPoint) {
  const runs = Object.values(temporal).reduce((total, count) => total + count, 0)
  return { runs, started: runs - started, completed: (temporal['COMPLETED'] ?? 0) - completed }
}
