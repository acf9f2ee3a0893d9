const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const shape = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/** Describes a valid duration, for error messages. */
export const durationHint = 'a duration such as 500ms, 5s, 10m, 1h30m or 7d'

/** The longest accepted duration, in ms: ten years. */
export const maximumDurationMs = 3_650 * units.d

/**
 * Parses a duration such as `500ms`, `5s`, `1h30m` or `7d` into milliseconds; `undefined` if the
 * text is not a duration. `0s` is allowed.
 *
 * @example parseDuration('1h30m') // 5_400_000
 */
export function parseDuration(text: string): number | undefined {
  if (!shape.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(part))
    total += Number(amount) * units[unit as keyof typeof units]
  return total <= maximumDurationMs ? Math.round(total) : undefined
}

/** Formats a duration for people by its two largest units: `1h30m`, `2.5s`, `340ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${Math.round(ms / 100) / 10}s`
  const steps = [
    ['d', units.d],
    ['h', units.h],
    ['m', units.m],
    ['s', units.s],
  ] as const
  const first = steps.findIndex(([, size]) => ms >= size)
  let rest = Math.round(ms / 1_000) * 1_000
  let text = ''
  for (const [name, size] of steps.slice(first, first + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${name}`
  }
  return text
}
