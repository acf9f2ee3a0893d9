/**
 * The longest part that String.prototype.includes and its like are trusted with. V8 prepares the
 * last 250 units of a part; a longer one can cost the product of both lengths.
 */
const nativePart = 250

/** For each prefix of the part, the length of its longest proper border (Knuth, Morris and Pratt). */
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

/** Returns the places of a part in a text, without overlap, in time linear in both; at most `limit`. */
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
export function containsText(text: string, part: string): boolean {
  if (part.length <= nativePart) return text.includes(part)
  return part.length <= text.length && placesOf(text, part, 1).length > 0
}

/** Splits a text at each occurrence of a separator that is not empty, in time linear in both. */
export function splitText(text: string, separator: string): string[] {
  if (separator.length <= nativePart) return text.split(separator)
  const pieces: string[] = []
  let from = 0
  for (const place of placesOf(text, separator, Infinity)) {
    pieces.push(text.slice(from, place))
    from = place + separator.length
  }
  return [...pieces, text.slice(from)]
}
