import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, maximumText } from './budget.ts'

/** Values of a tree that cost one step to visit. */
const nodesPerStep = 4

/**
 * Returns the JSON text of a value. The value is measured first: a value that shares its parts can
 * be far larger as text than in memory. `sorted` orders keys, so that equal values give equal
 * texts.
 *
 * @throws EvaluationError for text beyond the limit, before it is made
 */
export function jsonText(
  value: JsonValue,
  budget: EvaluationBudget,
  options: { indent?: number; sorted?: true } = {},
): string {
  budget.makeText(measureJson(value, budget))
  const ordered = options.sorted === true ? sortKeys(value, budget) : value
  const text = JSON.stringify(ordered, null, options.indent)
  budget.makeText(text.length, 0)
  return text
}

/**
 * Returns a lower bound of the length of a value's JSON text. Stops as soon as it is over the
 * limit.
 *
 * @throws EvaluationError for a value that nests too deeply
 */
export function measureJson(value: JsonValue, budget: EvaluationBudget): number {
  return measureFrom(0, value, budget, 0)
}

function measureFrom(
  before: number,
  value: JsonValue,
  budget: EvaluationBudget,
  depth: number,
): number {
  if (typeof value === 'string') return before + value.length + 2
  if (typeof value !== 'object' || value === null) return before + 1
  budget.enterLevel(depth + 1)
  return Array.isArray(value)
    ? measureList(before + 2, value as readonly JsonValue[], budget, depth)
    : measureObject(before + 2, value as JsonObject, budget, depth)
}

function measureList(
  before: number,
  items: readonly JsonValue[],
  budget: EvaluationBudget,
  depth: number,
): number {
  budget.charge((Math.min(items.length, maximumText) + 1) / nodesPerStep)
  let total = before
  for (const item of items) {
    total = measureFrom(total + 1, item, budget, depth + 1)
    if (total > maximumText) return total
  }
  return total
}

function measureObject(
  before: number,
  object: JsonObject,
  budget: EvaluationBudget,
  depth: number,
): number {
  const keys = budget.keysOf(object)
  budget.charge(keys.length / nodesPerStep)
  let total = before
  for (const key of keys) {
    total = measureFrom(total + key.length + 4, object[key]!, budget, depth + 1)
    if (total > maximumText) return total
  }
  return total
}

function sortKeys(value: JsonValue, budget: EvaluationBudget): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => sortKeys(item, budget))
  if (!isJsonObject(value)) return value
  const keys = Object.keys(value).sort()
  budget.charge(keys.length + 1)
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key]!, budget)]))
}
