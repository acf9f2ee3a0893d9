import type { LimitName } from '../../core/observation.ts'
import type { TaskError } from '../../core/task-error.ts'
import { TaskFailed } from '../../kinds/steps.ts'
import type { RequestAnswer, RunRequest } from '../requests.ts'

type RefusedAnswer = Extract<RequestAnswer, { ok: false }>

/** The limit that a refused request exceeded, where its answer does not name another. */
const limitsOfRequests = {
  call_tool: 'tool_output',
  start_child: 'child_input',
  signal_run: 'kept_signals',
  publish_event: 'payload',
  start_timer: 'other',
  ask_parent_room: 'history',
} as const satisfies Record<RunRequest['type'], LimitName>

/** Returns how a task at this place fails when its request of this type was refused. */
export function requestFailure(
  type: RunRequest['type'],
  refusal: RefusedAnswer,
  place: string,
): TaskFailed {
  return new TaskFailed(withPlace(refusal.error, place), [], exceededLimit(type, refusal))
}

function exceededLimit(
  type: RunRequest['type'],
  { error, limit }: RefusedAnswer,
): LimitName | undefined {
  if (error.type !== 'LimitExceeded' || limit === 'counted') return undefined
  return limit ?? limitsOfRequests[type]
}

/** Puts the place of the task before what a worker found too large: only the run knows it. */
function withPlace(error: TaskError, place: string): TaskError {
  if (error.type !== 'LimitExceeded') return error
  return { ...error, message: `${place}: ${error.message}` }
}
