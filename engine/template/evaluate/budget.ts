import { isJsonObject, type JsonValue } from '../../core/json.ts'

/** What one evaluation may cost. A tree of templates shares one budget. */
export const maximumSteps = 100_000

/** The longest text that an evaluation may make, in characters: 1 MiB. */
export const maximumText = 1_048_576

/** The deepest nesting of lists and objects that is looked through. */
export const maximumNesting = 500

/** Thrown inside an evaluation and given its place by evaluate.ts. */
export class EvaluationError extends Error {
  readonly path?: string

  constructor(message: string, path?: string) {
    super(message)
    if (path !== undefined) this.path = path
  }
}

/** Counts the work of one evaluation; every method throws EvaluationError where a limit is passed. */
export interface Budget {
  /** Work that grows with `count` items. */
  charge(count: number): void
  /** A text of this length is about to be made, `added` characters of it new: a step for every 1,024 of them. */
  text(length: number, added?: number): void
}

/** A new budget with the language's limits. */
export function createBudget(): Budget {
  let steps = 0
  const charge = (count: number): void => {
    steps += count
    if (steps > maximumSteps)
      throw new EvaluationError(`the evaluation takes more than ${maximumSteps} steps`)
  }
  return {
    charge,
    text(length, added = length) {
      if (length > maximumText) throw new EvaluationError('the text grows beyond 1 MiB')
      charge(added / 1_024)
    },
  }
}

/**
 * JSON text of a value. The value is measured first: one that shares its parts can be far larger as text than in
 * memory. `sorted` orders keys, so that equal values give equal texts.
 */
export function jsonText(
  value: JsonValue,
  budget: Budget,
  options: { indent?: number; sorted?: true } = {},
): string {
  budget.text(measure(value))
  const text = JSON.stringify(
    options.sorted === true ? sortKeys(value) : value,
    null,
    options.indent,
  )
  budget.text(text.length)
  return text
}

/**
 * A lower bound of the JSON text's length, exact enough to stop in time.
 * @throws EvaluationError where the value nests too deeply
 */
export function measure(value: JsonValue, depth = 0, before = 0): number {
  if (typeof value === 'string') return before + value.length + 2
  if (typeof value !== 'object' || value === null) return before + 1
  if (depth >= maximumNesting)
    throw new EvaluationError(`the value nests deeper than ${maximumNesting} levels`)
  let total = before + 2
  for (const [key, item] of Object.entries(value)) {
    total = measure(item, depth + 1, total + (isJsonObject(value) ? key.length + 4 : 1))
    if (total > maximumText) return total
  }
  return total
}

function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => sortKeys(item))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key]!)]),
  )
}
