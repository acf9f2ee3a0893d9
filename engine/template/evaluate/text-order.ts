import type { EvaluationBudget } from './budget.ts'

/** Makes UTF-16 units compare as the code points that they belong to: surrogates come last. */
function unitRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/**
 * Compares two texts by code points, which is the order of their UTF-8 bytes and so of Go's `<`.
 * JavaScript's own `<` compares UTF-16 units.
 *
 * @returns less than zero when `a` comes first
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [unitA, unitB] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (unitA !== unitB) return unitRank(unitA) - unitRank(unitB)
  }
  return a.length - b.length
}

/** Returns texts sorted by {@link compareText}; each comparison is charged by what it reads. */
export function sortTexts(texts: readonly string[], budget: EvaluationBudget): string[] {
  return [...texts].sort((a, b) => {
    budget.visitItems(1)
    if (a.length > 64 && b.length > 64) budget.readText(Math.min(a.length, b.length))
    return compareText(a, b)
  })
}
