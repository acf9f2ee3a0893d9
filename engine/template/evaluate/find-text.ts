import type { EvaluationBudget } from './budget.ts'

/**
 * The longest part that String.prototype.includes and its like are trusted with. V8 prepares the
 * last 250 units of a part; a longer one can cost the product of both lengths.
 */
const nativePart = 250

/**
 * For each prefix of the part, the length of its longest proper border (Knuth, Morris and Pratt).
 */
function borders(part: string): Int32Array {
  const lengths = new Int32Array(part.length)
  let length = 0
  for (let at = 1; at < part.length; at++) {
    while (length > 0 && part.charCodeAt(at) !== part.charCodeAt(length))
      length = lengths[length - 1]!
    if (part.charCodeAt(at) === part.charCodeAt(length)) length++
    lengths[at] = length
  }
  return lengths
}

/**
 * Returns the places of a part in a text, without overlap, in time linear in both; at most `limit`.
 */
function placesOf(text: string, part: string, limit: number): number[] {
  const places: number[] = []
  const lengths = borders(part)
  let matched = 0
  for (let at = 0; at < text.length && places.length < limit; at++) {
    const unit = text.charCodeAt(at)
    while (matched > 0 && unit !== part.charCodeAt(matched)) matched = lengths[matched - 1]!
    if (unit === part.charCodeAt(matched)) matched++
    if (matched < part.length) continue
    places.push(at + 1 - part.length)
    matched = 0
  }
  return places
}

/** Reports whether a text contains a part, in time linear in both. */
export function containsText(text: string, part: string, budget: EvaluationBudget): boolean {
  budget.readText(text.length, 4)
  if (part.length <= nativePart) return text.includes(part)
  if (part.length > text.length) return false
  budget.readText(text.length + part.length, 8)
  return placesOf(text, part, 1).length > 0
}

/** Splits a text at each occurrence of a separator that is not empty, in time linear in both. */
export function splitText(text: string, separator: string, budget: EvaluationBudget): string[] {
  budget.readText(text.length, 4)
  const isLong = separator.length > nativePart
  if (isLong) budget.readText(text.length + separator.length, 8)
  const places = isLong ? placesOf(text, separator, Infinity) : nativePlaces(text, separator)
  const pieces: string[] = []
  let from = 0
  for (const place of places) {
    budget.charge(1)
    pieces.push(text.slice(from, place))
    from = place + separator.length
  }
  return [...pieces, text.slice(from)]
}

function* nativePlaces(text: string, part: string): Generator<number> {
  let at = text.indexOf(part)
  while (at !== -1) {
    yield at
    at = text.indexOf(part, at + part.length)
  }
}
