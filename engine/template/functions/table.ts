import { dictFunctions } from './dicts.ts'
import { encodingFunctions } from './encoding.ts'
import type { TemplateFunction } from './function.ts'
import { listFunctions } from './lists.ts'
import { logicFunctions } from './logic.ts'
import { numberFunctions } from './numbers.ts'
import { textFunctions } from './text.ts'
import { timeFunctions } from './time.ts'

/** Every function of the template language: the checker, the evaluator and the reference read this one table. */
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

/** The function of this name. */
export function findFunction(name: string): TemplateFunction | undefined {
  return byName.get(name)
}

/** What is wrong with this number of arguments, if anything: `takes 2 arguments, got 1`. */
export function arityProblem(
  { arity: [least, most], pairs }: TemplateFunction,
  count: number,
): string | undefined {
  if (pairs === true && count % 2 === 1)
    return `takes keys and values in turn, got ${count} arguments`
  if (count >= least && count <= most) return undefined
  const wanted =
    most === Infinity ? `at least ${least}` : least === most ? String(least) : `${least} to ${most}`
  return `takes ${wanted} argument${wanted === '1' || wanted === 'at least 1' ? '' : 's'}, got ${count}`
}
