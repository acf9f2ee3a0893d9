import type { JsonObject } from '../../core/json.ts'
import { bytesOver, bytesText, jsonBytes, limits } from '../../core/limits.ts'
import type { RunStart } from '../../definition/workflow-ir.ts'
import { waitFor, type Steps } from '../../kinds/steps.ts'
import type { RequestAnswer } from '../requests.ts'
import type { RunEnd } from '../run-end.ts'
import type { RunServices } from '../run-services.ts'
import { shortError } from './bound-error.ts'

/**
 * Returns how a run ends, once the run that started it has room for the result: Temporal writes
 * the result to the history of both. Without room a child that completed fails, and one that
 * failed keeps its error without cause. Small results need no question.
 * @param states the states of its tasks that the run keeps with its result
 */
export function* endWithinParent(
  end: RunEnd,
  { definition, trigger }: RunStart,
  states: () => JsonObject,
  { requests, revision, countExcess }: RunServices,
): Steps<RunEnd> {
  if (revision < 4 || trigger.type !== 'workflow') return end
  if (end.type !== 'complete' && end.type !== 'fail') return end
  const large = bytesOver(end.type === 'complete' ? end.output : end.error, limits.unaskedBytes)
  const bytes = (large ?? 0) + jsonBytes(states())
  if (bytes <= limits.unaskedBytes) return end
  const answer = yield* waitFor<RequestAnswer>(requests.send({ type: 'ask_parent_room', bytes }))
  if (answer.ok || answer.error.type !== 'LimitExceeded') return end
  if (end.type === 'fail') return { ...end, error: shortError(end.error), leavesOutStates: true }
  if (large === undefined) return { ...end, leavesOutStates: true }
  countExcess('history')
  const [place = ''] = definition.tasks[0]!.place.split(':')
  const thing = "the run's result"
  const cause = {
    thing,
    bytes: large,
    limit: limits.historyWithOutputBytes,
    place,
    parent: trigger.name ?? '',
  }
  const message = `${place}: ${thing} is ${bytesText(large)}, and ${answer.error.message}`
  return {
    type: 'fail',
    error: { type: 'LimitExceeded', message, cause },
    leavesOutStates: true,
  }
}
