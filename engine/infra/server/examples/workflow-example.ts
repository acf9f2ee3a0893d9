import type { JsonValue } from '../../../core/json.ts'
import type { Workflow } from '../../../project/project.ts'
import { exampleInput } from './example-input.ts'

/**
 * Returns an input that a workflow takes, to try it with: with all properties of its schema, or
 * only the required ones. Undefined where no example could be made that fits.
 */
export function workflowExample(
  workflow: Pick<Workflow, 'inputSchema' | 'acceptInput'>,
  shown: readonly ('all' | 'required')[] = ['required'],
): JsonValue | undefined {
  return shown
    .map((properties) => exampleInput(workflow.inputSchema, { properties }))
    .find((input) => {
      try {
        workflow.acceptInput(input)
        return true
      } catch {
        return false
      }
    })
}
