import type { EvaluationBudget } from '../evaluate/budget.ts'

/** How many UTF-16 units the character at this place has: two for a surrogate pair. */
function unitsAt(text: string, at: number): 1 | 2 {
  if ((text.charCodeAt(at) & 0xfc00) !== 0xd800) return 1
  return text.codePointAt(at)! > 0xffff ? 2 : 1
}

/** Returns the number of characters (code points) of a text, without a copy of it. */
export function countCharacters(text: string, budget: EvaluationBudget): number {
  budget.readText(text.length, 4)
  let count = 0
  for (let at = 0; at < text.length; at += unitsAt(text, at)) count++
  return count
}

/** Returns the characters from a start up to an end, without the end. */
export function sliceCharacters(text: string, start: number, end = Infinity): string {
  let at = 0
  let begin = start <= 0 ? 0 : text.length
  for (let count = 0; at < text.length && count < end; count++) {
    if (count === start) begin = at
    at += unitsAt(text, at)
  }
  return text.slice(begin, Math.max(begin, at))
}

/** Returns the last so many characters. */
export function lastCharacters(text: string, count: number): string {
  let at = text.length
  for (let left = count; left > 0 && at > 0; left--) {
    const low = text.charCodeAt(at - 1)
    const isPair = low >= 0xdc00 && low <= 0xdfff && at > 1 && unitsAt(text, at - 2) === 2
    at -= isPair ? 2 : 1
  }
  return text.slice(at)
}
