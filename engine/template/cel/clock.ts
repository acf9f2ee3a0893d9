import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
import type { CelValue } from './library.ts'

/** What a method such as `getHours` reads of a time that has been moved into its zone. */
const readers: Readonly<Record<string, (time: Date) => number>> = {
  getFullYear: (time) => time.getUTCFullYear(),
  getMonth: (time) => time.getUTCMonth(),
  getDate: (time) => time.getUTCDate(),
  getDayOfMonth: (time) => time.getUTCDate() - 1,
  getDayOfWeek: (time) => time.getUTCDay(),
  getDayOfYear: (time) => {
    const start = new Date(time)
    start.setUTCMonth(0, 1)
    return Math.round((time.getTime() - start.getTime()) / 86_400_000)
  },
  getHours: (time) => time.getUTCHours(),
  getMinutes: (time) => time.getUTCMinutes(),
  getSeconds: (time) => time.getUTCSeconds(),
  getMilliseconds: (time) => time.getUTCMilliseconds(),
}

const offset = /^([+-]?)(\d\d):(\d\d)$/

/** Returns the milliseconds that a fixed zone is ahead of UTC; `undefined` for a named zone. */
function fixedOffset(zone: CelValue | undefined): number | undefined {
  if (zone === undefined || zone === 'UTC') return 0
  const [, sign, hours, minutes] = (typeof zone === 'string' && offset.exec(zone)) || []
  if (hours === undefined) return undefined
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
}

/** Returns the milliseconds that a named zone is ahead of UTC at a time. */
function namedOffset(zone: string, time: number): number {
  const zoned = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = zoned.formatToParts(time)
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '0'
  const year = of('era') === 'BC' ? 1 - Number(of('year')) : Number(of('year'))
  const local = new Date(0)
  local.setUTCFullYear(year, Number(of('month')) - 1, Number(of('day')))
  local.setUTCHours(Number(of('hour')), Number(of('minute')), Number(of('second')))
  return local.getTime() - Math.floor(time / 1_000) * 1_000
}

/** Returns the milliseconds since 1970 of a timestamp; `undefined` for any other value. */
function millisecondsOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined
  const { $typeName, seconds, nanos } = value.message as Record<string, unknown>
  if ($typeName !== 'google.protobuf.Timestamp') return undefined
  return Number(seconds) * 1_000 + Math.floor(Number(nanos) / 1_000_000)
}

/** Making the formatter of a zone takes as long as this many steps. */
const zoneSteps = 200

/**
 * Returns what a method reads of a timestamp in its zone. The library goes through the zone of the
 * machine, which skips an hour of each year, and takes the first hour of a day for one of the next
 * day. `undefined` leaves the call to it.
 */
export function readClock(
  name: string,
  target: CelValue | undefined,
  [zone]: readonly CelValue[],
  budget: EvaluationBudget,
): bigint | undefined {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  const time = read === undefined ? undefined : millisecondsOf(target)
  if (read === undefined || time === undefined) return undefined
  const ahead = fixedOffset(zone)
  if (ahead !== undefined) return BigInt(read(new Date(time + ahead)))
  if (typeof zone !== 'string') return undefined
  budget.charge(zoneSteps)
  try {
    return BigInt(read(new Date(time + namedOffset(zone, time))))
  } catch {
    throw new EvaluationError(`${name}: unknown time zone ${JSON.stringify(zone.slice(0, 40))}`)
  }
}
