import type { Client } from '@temporalio/client'
import type { CallOptions } from '../../executions.ts'
import { createCall } from './connection/calls.ts'

/** A note that a process has left, and when by Temporal's clock, ms since the Unix epoch. */
export interface HeartbeatPoll {
  readonly note: string
  readonly at: number
}

/** Whose heartbeats. */
export interface HeartbeatOptions extends CallOptions {
  readonly client: Client
  readonly taskQueue: string
}

/** Number of the protocol's TaskQueueType. */
const activityQueue = 2
const readTimeoutMs = 2_000
/** Temporal refuses polls with a deadline below 2 s, and answers a second before it. */
const pollTimeoutMs = 2_500

/** A queue beside the project's own one, that never has a task. */
const heartbeatQueue = (taskQueue: string): string => `${taskQueue}:fleet`

/**
 * Tells the other processes of a task queue that this one is alive: polls a queue without tasks for
 * a second and a half, with the note as identity. Temporal lists pollers for five minutes. Throws
 * CompozyError `temporal_…`.
 */
export async function sendHeartbeat(
  note: string,
  { client, taskQueue, ...options }: HeartbeatOptions,
): Promise<void> {
  const { namespace } = client.options
  const poll = () =>
    client.workflowService.pollActivityTaskQueue({
      namespace,
      taskQueue: { name: heartbeatQueue(taskQueue) },
      identity: note,
    })
  await createCall(client)('heartbeat', options, poll, pollTimeoutMs)
}

/** Lists the last heartbeats of each note; 6-8 ms. Throws CompozyError `temporal_…`. */
export async function listHeartbeats({
  client,
  taskQueue,
  ...options
}: HeartbeatOptions): Promise<readonly HeartbeatPoll[]> {
  const describe = () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: heartbeatQueue(taskQueue) },
      taskQueueType: activityQueue,
    })
  const { pollers } = await createCall(client)('heartbeats', options, describe, readTimeoutMs)
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    note: identity ?? '',
    at: Number(lastAccessTime?.seconds ?? 0) * 1_000 + (lastAccessTime?.nanos ?? 0) / 1e6,
  }))
}
