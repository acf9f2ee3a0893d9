import { dictFunctions } from './dicts.ts'
import { encodingFunctions } from './encoding.ts'
import type { TemplateFunction } from './function.ts'
import { listFunctions } from './lists.ts'
import { logicFunctions } from './logic.ts'
import { numberFunctions } from './numbers.ts'
import { textFunctions } from './text.ts'
import { timeFunctions } from './time.ts'

/**
 * Every function of the template language, for the checker, the evaluator and the reference page.
 */
export const functionTable: readonly TemplateFunction[] = [
  ...logicFunctions,
  ...numberFunctions,
  ...textFunctions,
  ...listFunctions,
  ...dictFunctions,
  ...timeFunctions,
  ...encodingFunctions,
]

const byName: ReadonlyMap<string, TemplateFunction> = new Map(
  functionTable.map((entry) => [entry.name, entry]),
)

/** Returns the function with this name. */
export function findFunction(name: string): TemplateFunction | undefined {
  return byName.get(name)
}

function argumentsText(count: number | string): string {
  return `${count} argument${count === 1 || count === 'at least 1' ? '' : 's'}`
}

/** Returns the problem with a number of arguments: `takes 2 arguments, got 1`. */
export function arityProblem(
  { arity: [fewest, most], pairs }: TemplateFunction,
  count: number,
): string | undefined {
  if (pairs === true && count % 2 === 1)
    return `takes alternating keys and values, got ${argumentsText(count)}`
  if (count >= fewest && count <= most) return undefined
  if (most === Infinity) return `takes ${argumentsText(`at least ${fewest}`)}, got ${count}`
  const wanted = fewest === most ? fewest : `${fewest} to ${most}`
  return `takes ${argumentsText(wanted)}, got ${count}`
}
