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
function zoneOffset(zone: CelValue | undefined): number | undefined {
  if (zone === undefined || zone === 'UTC') return 0
  const [, sign, hours, minutes] = (typeof zone === 'string' && offset.exec(zone)) || []
  if (hours === undefined) return undefined
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
}

/** Returns the milliseconds since 1970 of a timestamp; `undefined` for any other value. */
function millisecondsOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined
  const { $typeName, seconds, nanos } = value.message as Record<string, unknown>
  if ($typeName !== 'google.protobuf.Timestamp') return undefined
  return Number(seconds) * 1_000 + Math.floor(Number(nanos) / 1_000_000)
}

/**
 * Returns what a method reads of a timestamp in UTC or a fixed zone. The library goes through the
 * zone of the machine, which skips an hour of each year. `undefined` leaves the call to it.
 */
export function readClock(
  name: string,
  target: CelValue | undefined,
  [zone]: readonly CelValue[],
): bigint | undefined {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  const time = read === undefined ? undefined : millisecondsOf(target)
  const ahead = time === undefined ? undefined : zoneOffset(zone)
  if (read === undefined || time === undefined || ahead === undefined) return undefined
  return BigInt(read(new Date(time + ahead)))
}
