/** What RE2 and JavaScript write differently; the same for JavaScript. */
const re2Only: readonly (readonly [RegExp, string])[] = [
  // An escaped backslash escapes nothing.
  [/\\\\/g, '-'],
  [/\\(?:[Aaz]|[pP](?:[A-Z]|\{\^?\w+\})|x(?:[\dA-Fa-f]{2}|\{[\dA-Fa-f]+\}))/g, '-'],
  [/\(\?[imsU-]+\)/g, ''],
  [/\(\?[imsU-]+:/g, '(?:'],
  [/\(\?P</g, '(?<'],
  [/\[(\^?)\]/g, String.raw`[$1\]`],
]

/** What JavaScript has and RE2 refuses: lookaround, other escapes, and long repetitions. */
const javaScriptOnly = /\\[^\W_BbDdfnrSstvWw]|\(\?<?[=!]|\{(?:\d*,)?\d{4,}/

/** Reports whether Prometheus reads a text as a regular expression (RE2) of route templates. */
export function isRoutePattern(source: unknown): source is string {
  if (typeof source !== 'string' || source === '' || /[\p{Cc}\p{Cs}]/u.test(source)) return false
  const pattern = re2Only.reduce((text, [from, to]) => text.replaceAll(from, to), source)
  if (javaScriptOnly.test(pattern)) return false
  try {
    return new RegExp(pattern) instanceof RegExp
  } catch {
    return false
  }
}

/** Returns a text as it stands between the double quotes of PromQL. */
export const quotedPromql = (text: string): string => text.replaceAll(/["\\]/g, String.raw`\$&`)
