/** Returns how long a time lasts in rules, both in seconds. */
export type Pace = (seconds: number) => number

/** Every time lasts as long as it is. */
export const realTime: Pace = (seconds) => seconds

const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** Returns a duration of PromQL in seconds. */
export function secondsOf(duration: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration)!
  return Number(count) * unitSeconds[unit as keyof typeof unitSeconds]
}

/** Marks a number in an expression as a time, so that rules at another pace change it too. */
export const time = (seconds: number): string => `⟦${seconds}⟧`

const markedTimes = /⟦(\d+(?:\.\d+)?)⟧/g
/** Ranges, offsets and resolutions; text in quotes is not a duration. */
const durations = /"[^"]*"|\b\d+[smhd]\b/g

/** Returns an expression, or a duration, with its times at a pace. */
export function atPace(expr: string, pace: Pace): string {
  const written = expr.replaceAll(markedTimes, (_, seconds: string) =>
    String(pace(Number(seconds))),
  )
  if (pace === realTime) return written
  return written.replaceAll(durations, (found) =>
    found.startsWith('"') ? found : `${pace(secondsOf(found))}s`,
  )
}
