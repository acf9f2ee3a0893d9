import type { GoTime } from '../go-format/layout.ts'

const day = /^(\d{4})-(\d{2})-(\d{2})/
const clock = /^[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** Reports whether a day exists: Date would take 30 February for 2 March. */
function isDay(year: number, month: number, date: number): boolean {
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && date >= 1 && date <= lastDay
}

function startOfDay(year: number, month: number, date: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, date)
}

/**
 * Reads RFC 3339 text or a day. `undefined` for any other text, and for a day or an hour that does
 * not exist (30 February, 24:00).
 */
export function parseTimestamp(text: string): GoTime | undefined {
  const [, year, month, date] = (day.exec(text) ?? []).map(Number)
  if (year === undefined || !isDay(year, month!, date!)) return undefined
  const start = startOfDay(year, month!, date!)
  if (text.length === 10) return { date: new Date(start), nanosecond: 0 }
  const time = clock.exec(text.slice(10))
  if (time === null) return undefined
  const [, hour, minute, second, fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = time
  const isClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
  if (!isClock || Number(zoneHour) > 24 || Number(zoneMinute) > 59) return undefined
  const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -60 : 60)
  const seconds = Number(hour) * 3_600 + Number(minute) * 60 + Number(second) - zone
  return {
    date: new Date(start + seconds * 1_000),
    nanosecond: Number(fraction.padEnd(9, '0')),
  }
}
