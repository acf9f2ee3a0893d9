/** What RE2 and JavaScript write differently; the same for JavaScript. */
const re2Only: readonly (readonly [RegExp, string])[] = [
  // An escaped backslash escapes nothing.
  [/\\\\/g, '-'],
  [/\\Q.*?(?:\\E|$)/g, '-'],
  [/\\0[0-7]{0,2}/g, '-'],
  [/\\(?:[Aaz]|[pP](?:[A-Z]|\{\^?\w+\})|x(?:[\dA-Fa-f]{2}|\{[\dA-Fa-f]+\}))/g, '-'],
  [/\(\?[imsU-]+\)/g, ''],
  [/\(\?[imsU-]+:/g, '(?:'],
  [/\(\?P</g, '(?<'],
  [/(?<!\[)\[(\^?)\]/g, String.raw`[$1\]`],
]

/** What JavaScript has and RE2 refuses: lookaround and other escapes. */
const javaScriptOnly = /\\[^\W_BbDdfnrSstvWw]|\(\?<?[=!]/

/** How often RE2 repeats a part at most. */
const mostRepeats = 1_000

const repeatsTooOften = (pattern: string): boolean =>
  [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].some(
    ([, least, most]) => Math.max(Number(least), Number(most ?? 0)) > mostRepeats,
  )

/**
 * Reports whether Prometheus reads a text as a regular expression (RE2) of route templates. A few
 * that it refuses pass, such as `[a-\\d]` or a script that does not exist.
 */
export function isRoutePattern(source: unknown): source is string {
  if (typeof source !== 'string' || source === '' || /[\p{Cc}\p{Cs}]/u.test(source)) return false
  const pattern = re2Only.reduce((text, [from, to]) => text.replaceAll(from, to), source)
  if (javaScriptOnly.test(pattern) || repeatsTooOften(pattern)) return false
  try {
    return new RegExp(pattern) instanceof RegExp
  } catch {
    return false
  }
}

/** Returns a text as it stands between the double quotes of PromQL. */
export const quotedPromql = (text: string): string => text.replaceAll(/["\\]/g, String.raw`\$&`)
