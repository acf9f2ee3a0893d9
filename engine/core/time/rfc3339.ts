const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/**
 * Returns an RFC 3339 time in ms since 1970. `undefined` for other text, and for a day or an hour
 * that does not exist: Date takes 30 February for 2 March.
 */
export function parseTime(text: string): number | undefined {
  const [, year, month, day, hour] = (shape.exec(text) ?? []).map(Number)
  if (year === undefined || hour! > 23) return undefined
  // A leap year of the same calendar, because Date.UTC moves the years 0 to 99.
  const calendar = new Date(Date.UTC(2000 + (year % 400), month! - 1, day))
  if (calendar.getUTCMonth() !== month! - 1 || calendar.getUTCDate() !== day) return undefined
  const time = Date.parse(text.toUpperCase().replace(' ', 'T'))
  return Number.isNaN(time) ? undefined : time
}
