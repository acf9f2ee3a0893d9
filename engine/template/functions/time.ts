import { durationHint, parseDuration } from '../../core/time/duration.ts'
import type { JsonValue } from '../../core/json.ts'
import { EvaluationError } from '../evaluate/budget.ts'
import { describeValue } from '../evaluate/values.ts'
import { formatTime, type GoTime } from '../go-format/layout.ts'
import { asText, type TemplateFunctions } from './function.ts'
import { parseTimestamp } from './timestamp.ts'

/** Reads RFC 3339 text, a day, or seconds since 1970 as a number. */
function toTime(value: JsonValue): GoTime {
  const time = timeOf(value)
  if (time !== undefined && !Number.isNaN(time.date.getTime())) return time
  const wanted = 'a time such as 2026-01-31T10:30:00Z or 2026-01-31, or seconds since 1970'
  throw new EvaluationError(`needs ${wanted}, got ${describeValue(value)}`)
}

function timeOf(value: JsonValue): GoTime | undefined {
  if (typeof value === 'string') return parseTimestamp(value)
  return typeof value === 'number' ? fromMilliseconds(Math.round(value * 1_000)) : undefined
}

function fromMilliseconds(time: number): GoTime {
  const second = Math.floor(time / 1_000)
  return { date: new Date(second * 1_000), nanosecond: (time - second * 1_000) * 1_000_000 }
}

function toDuration(text: string): number {
  const ms = parseDuration(text.replace(/^[+-]/, ''))
  if (ms === undefined)
    throw new EvaluationError(`needs ${durationHint}, got ${describeValue(text)}`)
  return text.startsWith('-') ? -ms : ms
}

/** Returns RFC 3339 text in UTC: to the millisecond, or to the nanosecond where there are any. */
function toText({ date, nanosecond }: GoTime): string {
  if (Number.isNaN(date.getTime())) throw new EvaluationError('the time is out of range')
  const digits = String(nanosecond).padStart(9, '0')
  const shown = digits.endsWith('000000') ? digits.slice(0, 3) : digits
  return date.toISOString().replace(/\.\d+Z$/, `.${shown}Z`)
}

/** Time, always in UTC. A time is RFC 3339 text, a day (`2026-01-31`), or seconds since 1970. */
export const timeFunctions: TemplateFunctions = [
  {
    name: 'now',
    arity: [0, 0],
    doc: 'The time of the workflow, the same in every replay, as RFC 3339 text.',
    examples: [['{{ now }}', '2026-01-31T10:30:00.000Z']],
    call: (_, { now }) => toText(fromMilliseconds(now)),
  },
  {
    name: 'date',
    arity: [2, 2],
    doc: 'A time in UTC by a Go layout, which shows how Mon Jan 2 15:04:05 2006 would look.',
    examples: [
      ['{{ now | date "2006-01-02" }}', '2026-01-31'],
      ['{{ date "Mon, 2 Jan 2006 3:04 PM" "2026-01-31T15:30:00Z" }}', 'Sat, 31 Jan 2026 3:30 PM'],
    ],
    call: ([layout, time], { budget }) => {
      const shape = asText(layout!)
      budget.readText(shape.length, 64)
      return formatTime(shape, toTime(time!))
    },
  },
  {
    name: 'dateAdd',
    arity: [2, 2],
    doc: 'The time a duration (`90m`, `7d`, `-24h`) after another time, as RFC 3339 text.',
    examples: [
      ['{{ now | dateAdd "1h30m" }}', '2026-01-31T12:00:00.000Z'],
      ['{{ dateAdd "-1d" "2026-03-01" }}', '2026-02-28T00:00:00.000Z'],
    ],
    call: ([duration, time]) => {
      const { date, nanosecond } = toTime(time!)
      const milliseconds = Math.floor(nanosecond / 1_000_000)
      const shifted = fromMilliseconds(
        date.getTime() + milliseconds + toDuration(asText(duration!)),
      )
      return toText({ ...shifted, nanosecond: shifted.nanosecond + (nanosecond % 1_000_000) })
    },
  },
  {
    name: 'unixEpoch',
    arity: [1, 1],
    doc: 'Whole seconds since 1970, as a number.',
    examples: [['{{ unixEpoch "2026-01-31T10:30:00Z" }}', 1769855400]],
    call: ([time]) => toTime(time!).date.getTime() / 1_000,
  },
]
