import { durationHint, parseDuration } from '../../core/duration.ts'
import type { JsonValue } from '../../core/json.ts'
import { EvaluationError } from '../evaluate/budget.ts'
import { describe } from '../evaluate/values.ts'
import { asText, type TemplateFunctions } from './function.ts'
import { formatTime } from './go-layout.ts'

const timestamp = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/

/** Milliseconds since 1970 of RFC 3339 text, of a day, or of seconds as a number. */
function toTime(value: JsonValue): number {
  const ms =
    typeof value === 'number'
      ? Math.round(value * 1_000)
      : typeof value === 'string' && timestamp.test(value)
        ? Date.parse(value.replace(' ', 'T').toUpperCase())
        : NaN
  if (!Number.isNaN(new Date(ms).getTime())) return ms
  const wanted = 'a time such as 2026-01-31T10:30:00Z or 2026-01-31, or seconds since 1970'
  throw new EvaluationError(`needs ${wanted}, got ${describe(value)}`)
}

function toDuration(text: string): number {
  const ms = parseDuration(text.replace(/^[+-]/, ''))
  if (ms === undefined) throw new EvaluationError(`needs ${durationHint}, got ${describe(text)}`)
  return text.startsWith('-') ? -ms : ms
}

/** RFC 3339 in UTC. */
function toText(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) throw new EvaluationError('the time is out of range')
  return date.toISOString()
}

/** Time, always in UTC. A time is RFC 3339 text, a day (`2026-01-31`), or seconds since 1970. */
export const timeFunctions: TemplateFunctions = [
  {
    name: 'now',
    arity: [0, 0],
    doc: 'The time of the workflow, the same in every replay, as RFC 3339 text.',
    examples: [['{{ now }}', '2026-01-31T10:30:00.000Z']],
    call: (_, { now }) => toText(now),
  },
  {
    name: 'date',
    arity: [2, 2],
    doc: 'A time by a Go layout, which shows how Mon Jan 2 15:04:05 2006 would look.',
    examples: [
      ['{{ now | date "2006-01-02" }}', '2026-01-31'],
      ['{{ date "Mon, 2 Jan 2006 3:04 PM" "2026-01-31T15:30:00Z" }}', 'Sat, 31 Jan 2026 3:30 PM'],
    ],
    call: ([layout, time]) => formatTime(asText(layout!), new Date(toTime(time!))),
  },
  {
    name: 'dateAdd',
    arity: [2, 2],
    doc: 'A time that lies a duration (`90m`, `7d`, `-24h`) after another one, as RFC 3339 text.',
    examples: [
      ['{{ now | dateAdd "1h30m" }}', '2026-01-31T12:00:00.000Z'],
      ['{{ dateAdd "-1d" "2026-03-01" }}', '2026-02-28T00:00:00.000Z'],
    ],
    call: ([duration, time]) => toText(toTime(time!) + toDuration(asText(duration!))),
  },
  {
    name: 'unixEpoch',
    arity: [1, 1],
    doc: 'Whole seconds since 1970, as a number.',
    examples: [['{{ unixEpoch "2026-01-31T10:30:00Z" }}', 1769855400]],
    call: ([time]) => Math.floor(toTime(time!) / 1_000),
  },
]
