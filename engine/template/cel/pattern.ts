import { compilePattern, type Pattern } from './library.ts'

/** Compiled patterns of one condition. */
export type PatternCache = Map<string, Pattern>

/** The largest {@link patternSize} that is compiled. */
export const maximumPatternSize = 5_000

const repeat = /^\{(\d+)(?:,(\d*))?\}/

/** Returns the units that an atom takes in a pattern: an escape, a class, or one character. */
function atomLength(pattern: string, at: number): number {
  if (pattern[at] === '\\') return 2
  if (pattern[at] !== '[') return 1
  const close = pattern.indexOf(']', at + 2)
  return close === -1 ? pattern.length - at : close + 1 - at
}

/**
 * Returns roughly how many instructions a pattern compiles to, without compiling it: a repeat
 * multiplies what stands before it.
 */
export function patternSize(pattern: string): number {
  const groups: number[] = []
  let [total, last, at] = [0, 0, 0]
  while (at < pattern.length) {
    const [text, least, most] = repeat.exec(pattern.slice(at, at + 16)) ?? []
    if (text !== undefined) {
      const times = Math.max(1, Number(least), Number(most === '' ? least : (most ?? least)))
      total += last * (times - 1)
      last *= times
      at += text.length
    } else if (pattern[at] === '(') {
      groups.push(total)
      at++
    } else if (pattern[at] === ')') {
      last = total - (groups.pop() ?? 0) + 1
      total++
      at++
    } else {
      last = 1
      total++
      at += atomLength(pattern, at)
    }
  }
  return total
}

/** Returns a pattern of RE2, compiled once for a condition. @throws when it is not one */
export function cachedPattern(pattern: string, cache: PatternCache): Pattern {
  const compiled = cache.get(pattern) ?? compilePattern(pattern)
  cache.set(pattern, compiled)
  return compiled
}
