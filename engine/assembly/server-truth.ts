import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import {
  countByStatus,
  countStuckByWorkflow,
  listHeartbeats,
  listServerCloses,
  readBacklog,
  sendHeartbeat,
} from '../infra/temporal/index.ts'
import type { ServerTruth } from '../infra/monitoring/public/index.ts'
import type { EngineParts } from './parts.ts'

/** Returns what monitoring asks Temporal about a task queue. Each result is another process. */
export function serverTruthOf({
  client,
  taskQueue,
}: Pick<EngineParts, 'client' | 'taskQueue'>): ServerTruth {
  const counts = { client, taskQueue }
  return {
    // A process that is started again is another one, also in a container where all are process 1.
    identity: `${process.pid}@${hostname()}/${randomUUID().slice(0, 8)}`,
    executions: (scope, how) => countByStatus(scope, { ...counts, ...how }),
    stuck: (how) => countStuckByWorkflow({ ...counts, ...how }),
    taskQueue: (kind, how) => readBacklog(kind, { ...counts, ...how }),
    serverCloses: (span, how) => listServerCloses(span, { ...counts, ...how }),
    beat: (note, how) => sendHeartbeat(note, { ...counts, ...how }),
    heartbeats: (how) => listHeartbeats({ ...counts, ...how }),
  }
}
