import { CompozyError } from '../core/errors.ts'
import type { JsonValue } from '../core/json.ts'
import { summarizeViolations, withFoundValues } from '../core/violations.ts'
import type { Workflow } from './project.ts'

/**
 * Returns the input with which an event of this name and payload starts a workflow that listens for
 * it.
 * @throws CompozyError `input_invalid` when the schema of the trigger or of the input refuses it
 */
export function acceptEvent(workflow: Workflow, name: string, payload: JsonValue): JsonValue {
  const refused = workflow.triggers
    .filter((trigger) => trigger.name === name)
    .flatMap((trigger) => trigger.check(payload))
  if (refused.length === 0) return workflow.acceptInput(payload)
  const violations = withFoundValues(refused, payload)
  const list = summarizeViolations(violations, '(the payload)')
  throw new CompozyError(
    'input_invalid',
    `the payload does not fit workflow "${workflow.id}": ${list}`,
    { violations },
  )
}
