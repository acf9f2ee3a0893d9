import { join } from 'node:path'
import type { JsonValue } from '../../engine/core/json.ts'
import type { ExecutionStatus } from '../../engine/executions.ts'
import { call, execution, startRun, taskReaches } from '../support/api.ts'
import { eventually } from '../support/compozy.ts'

/** The project that the histories were recorded on. */
export const historiesProject = join(import.meta.dirname, 'project')

/**
 * One recorded run: how it is driven to its end. Its history is kept as `<name>.json`, or as
 * `<name>.json.gz` where it is large, each hop of a chain on its own.
 */
export interface Scenario {
  /** Also the id of the workflow. */
  readonly name: string
  readonly status: ExecutionStatus
  /** The workflow that starts the recorded run as its child. Default: the run starts alone. */
  readonly startedBy?: string
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

/** How a run of `hop-in-<kind>`, in which tasks of this kind hold one of each, is driven. */
const holders = {
  collection: 'begin, then hop',
  parallel: 'begin, then hop',
  composite: 'hop at once',
  router: 'hop at once',
  wait: 'hop at once',
} as const

/**
 * A run that continues as new while each task is inside its container: many signals make its
 * history long while a tool is called, until that call is taken back. Tasks that begin when the
 * history is long already wait for the next run; the items of a collection do not begin then.
 */
async function hopInside(
  api: string,
  execId: string,
  order: (typeof holders)[keyof typeof holders],
): Promise<void> {
  const { run_id: first } = await taskReaches(api, execId, 'all', 'running')
  const branches = 10
  const begin = async () => {
    for (let n = 0; n < branches; n++) await send(api, execId, 'go', n)
  }
  if (order === 'begin, then hop') await begin()
  for (let n = 0; n < branches; n++) await send(api, execId, 'begin', n)
  for (let n = 0; n < 40; n++) await send(api, execId, 'noise', n)
  if (order === 'hop at once') await begin()
  await send(api, execId, 'done', null)
  await eventually(
    () => execution(api, execId),
    ({ run_id: now }) => now !== first,
  )
  for (let n = 0; n < 2 * branches; n++) await send(api, execId, 'later', n)
}

/** Every task kind, every end of a run, a child with a large result, a hop in every container. */
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
  // A listener refuses the payload: by revision 8, the event was tried again.
  ...['retried-event', 'refused-event'].map((name): Scenario => ({
    name,
    status: 'completed',
    input: async () => ({ weight: 'heavy' }),
  })),
  // It signals itself, its pauses are of 0, and ids of items name the outer item.
  { name: 'own-signal', status: 'completed' },
  { name: 'workflow', status: 'completed' },
  { name: 'child-attempts', status: 'completed' },
  // Of two children, the first is refused: by revision 9, a replay sent other commands.
  { name: 'local-order', status: 'completed', input: async () => ({ text: 'no number' }) },
  { name: 'parent-room', status: 'completed', startedBy: 'parent-room-starter' },
  // 30 results of 1.9 MB are more than the history of their parent may hold.
  { name: 'parent-full', status: 'failed', startedBy: 'parent-full-starter' },
  // A call lasts longer than the others wait to continue as new.
  { name: 'hop-patience', status: 'completed' },
  { name: 'pause', status: 'completed' },
  // Edges and outputs read children that never ran.
  { name: 'end-scope', status: 'completed' },
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
  // A timer and a tool end, which `joinAnswers` puts before one workflow task.
  { name: 'answers', status: 'completed' },
  // Draws UUIDs before and after a hop, and names a child with one.
  { name: 'uuid', status: 'completed' },
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
  ...Object.entries(holders).map(([kind, order]): Scenario => ({
    name: `hop-in-${kind}`,
    status: 'completed',
    drive: (api, execId) => hopInside(api, execId, order),
  })),
]
