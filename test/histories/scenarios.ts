import { join } from 'node:path'
import type { JsonValue } from '../../engine/core/json.ts'
import type { ExecutionStatus } from '../../engine/executions.ts'
import { call, startRun, taskReaches } from '../support/api.ts'

/** The project that the histories were recorded on. */
export const historiesProject = join(import.meta.dirname, 'project')

/**
 * One recorded run: how it is driven to its end. Its history is kept as `<name>.json`, each hop of
 * a chain on its own.
 */
export interface Scenario {
  /** Also the id of the workflow. */
  readonly name: string
  readonly status: ExecutionStatus
  /** Input of the run; may start others first. */
  readonly input?: (api: string) => Promise<JsonValue>
  /** What happens to the run while it is open. */
  readonly drive?: (api: string, execId: string) => Promise<void>
}

async function send(
  api: string,
  execId: string,
  signal: string,
  payload: JsonValue,
): Promise<void> {
  await call(api, 'POST', `/api/v0/executions/workflows/${execId}/signals/${signal}`, payload)
}

/** Every task kind and every end of a run. */
export const scenarios: readonly Scenario[] = [
  { name: 'basic', status: 'completed' },
  { name: 'failed', status: 'failed' },
  { name: 'failed-memo', status: 'failed' },
  { name: 'router', status: 'completed', input: async () => ({ size: 3 }) },
  { name: 'parallel', status: 'completed' },
  { name: 'collection', status: 'completed' },
  { name: 'composite', status: 'completed' },
  { name: 'aggregate', status: 'completed' },
  {
    name: 'wait',
    status: 'completed',
    async drive(api, execId) {
      await send(api, execId, 'decision', { ok: false, by: 'Ada' })
      await send(api, execId, 'ready', null)
      await taskReaches(api, execId, 'decide', 'running')
      await send(api, execId, 'decision', { ok: true, by: 'Bob' })
    },
  },
  {
    name: 'signal',
    status: 'completed',
    input: async (api) => ({ exec_id: await startRun(api, 'wait', {}) }),
  },
  { name: 'workflow', status: 'completed' },
  { name: 'pause', status: 'completed' },
  {
    name: 'cancel',
    status: 'canceled',
    async drive(api, execId) {
      const { tasks } = await taskReaches(api, execId, 'both', 'running')
      if (tasks === null) throw new Error('no worker tells the tasks')
      await call(api, 'POST', `/api/v0/executions/workflows/${execId}/cancel`)
    },
  },
  {
    name: 'continue-as-new',
    status: 'completed',
    drive: (api, execId) => send(api, execId, 'early', { kept: 'over the hops' }),
  },
  { name: 'metrics', status: 'completed' },
  {
    name: 'nested',
    status: 'completed',
    drive: (api, execId) => send(api, execId, 'go', { from: 'outside' }),
  },
  {
    name: 'hop-inside',
    status: 'completed',
    drive: (api, execId) => send(api, execId, 'go', { kept: 'over the hops' }),
  },
]
