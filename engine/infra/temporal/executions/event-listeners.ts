import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { didYouMean, listNames } from '../../../core/nearest.ts'
import { acceptEvent } from '../../../project/accept-event.ts'
import type { Project, Workflow } from '../../../project/project.ts'
import { requireStartBudget } from '../connection/payload-budget.ts'
import { createTurn } from './long-turn.ts'

/** A workflow that an event starts, with the input it is started with. */
export interface ListeningWorkflow {
  readonly workflow: Workflow
  readonly input: JsonValue
}

/**
 * Returns the workflows that an event starts, in the order of the files. Checks the payload for all
 * of them, and lets other work in between. Throws CompozyError `not_found` if none listens,
 * `input_invalid` with violations, `payload_too_large`.
 */
export async function listenersOf(
  { workflows }: Pick<Project, 'workflows'>,
  name: string,
  payload: JsonValue,
): Promise<readonly ListeningWorkflow[]> {
  const all = [...workflows.values()]
  const listening = all.filter(({ triggers }) => triggers.some((trigger) => trigger.name === name))
  if (listening.length === 0) {
    const known = all.flatMap(({ triggers }) => triggers.map((trigger) => trigger.name))
    const hint = didYouMean(name, known) || allEvents(known)
    throw new CompozyError('not_found', `no workflow listens to event "${name}"${hint}`)
  }
  const turn = createTurn()
  const accepted: ListeningWorkflow[] = []
  for (const workflow of listening) {
    const input = acceptEvent(workflow, name, payload)
    await turn.yieldIfLong()
    const { definition, sha256 } = workflow
    requireStartBudget({ definition, sha256, input, trigger: { type: 'signal', name } })
    await turn.yieldIfLong()
    accepted.push({ workflow, input })
  }
  return accepted
}

function allEvents(events: readonly string[]): string {
  if (events.length === 0) return '; no workflow has a trigger'
  return `; events with a listener: ${listNames(new Set(events))}`
}
