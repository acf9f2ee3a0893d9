export { findTemporalBinary } from './binary/find.ts'
export { connectWorker, isHealthy, openClient } from './connection/connection.ts'
export { createHealthCheck, type HealthCheck } from './connection/health.ts'
export { keepTrying } from './connection/keep-trying.ts'
export {
  countByStatus,
  countStuck,
  countStuckByWorkflow,
  listServerCloses,
  readBacklog,
} from './counts.ts'
export { startDevServer, type DevServer } from './dev-server/dev-server.ts'
export { listHeartbeats, sendHeartbeat } from './heartbeats.ts'
export { createTemporalExecutions } from './executions/executions.ts'
export { createHistoryBytes } from './executions/history-bytes.ts'
export { memoOf } from './executions/identity.ts'
export { createTemporalSchedules } from './schedules/schedules.ts'
export { requireStartBudget } from './connection/payload-budget.ts'
export { keptBy } from './executions/pending-signals.ts'
