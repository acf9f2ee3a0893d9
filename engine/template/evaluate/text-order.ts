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

const surrogate = /[\ud800-\udfff]/

/** Returns texts sorted by {@link compareText}. */
export function sortTexts(texts: readonly string[], budget: EvaluationBudget): string[] {
  const rounds = Math.log2(texts.length + 1)
  budget.charge((texts.length * rounds) / 8)
  let length = 0
  for (const text of texts) length += text.length
  budget.readText(length, 1 + rounds / 2)
  const sorted = [...texts]
  // JavaScript's own order, which is faster, differs in surrogates only.
  return texts.some((text) => surrogate.test(text)) ? sorted.sort(compareText) : sorted.sort()
}
