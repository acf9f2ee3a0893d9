import { parseTime } from '../core/time/rfc3339.ts'
import { durationHint, parseDuration } from '../core/time/duration.ts'
import { isFreeName, nameAllowed } from '../core/free-name.ts'
import type { JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import { kindOf, quoted, type Report } from './report.ts'
import { idAllowed, idPattern, type Shape } from './shape.ts'

const time = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/**
 * Returns the text of a scalar as written (`1.0`, not 1), or the printed value if the file does not
 * say.
 */
function asWritten(value: number | boolean, path: Path, { source }: Report): string {
  const place = source.locate(path)
  const written = source.lineAt(place).slice(place.column - 1, place.column - 1 + place.length)
  return String(Number(written)) === String(value) ? written : String(value)
}

/** What is allowed, in words that follow "must be", and whether a value is. */
function ruleOf(
  shape: Shape,
): { allowed: string; accepts: (value: JsonValue) => boolean } | undefined {
  const text = (allowed: string, accepts: (text: string) => boolean) => ({
    allowed,
    accepts: (value: JsonValue) => typeof value === 'string' && accepts(value),
  })
  switch (shape.is) {
    case 'text':
      return text('text', (given) => given !== '')
    case 'scalar':
      return text('text', () => true)
    case 'id':
      return text(`an id (${idAllowed})`, (id) => new RegExp(idPattern).test(id))
    case 'name':
      return text(nameAllowed, isFreeName)
    case 'pattern':
      return text(shape.allowed, (given) => new RegExp(shape.pattern).test(given))
    case 'time':
      return text(
        'a time such as 2026-01-31T09:00:00Z',
        (given) => time.test(given) && parseTime(given) !== undefined,
      )
    case 'boolean':
      return { allowed: 'true or false', accepts: (value) => typeof value === 'boolean' }
    case 'integer': {
      const { min, max } = shape
      return {
        allowed: `a whole number from ${min} to ${max}`,
        accepts: (value) =>
          Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
      }
    }
    case 'number': {
      const { min = -Infinity, max = Infinity } = shape
      const range = [
        ...(min > -Infinity ? [`at least ${min}`] : []),
        ...(max < Infinity ? [`at most ${max}`] : []),
      ]
      return {
        allowed: ['a number', ...range].join(', '),
        accepts: (value) => typeof value === 'number' && value >= min && value <= max,
      }
    }
    default:
      return undefined
  }
}

/** Reads one of a closed set of words, or suggests the nearest. */
function readChoice(
  words: readonly string[],
  value: JsonValue,
  path: Path,
  what: string,
  report: Report,
): string | undefined {
  if (typeof value === 'string' && words.includes(value)) return value
  const guess = typeof value === 'string' ? didYouMean(value, words) : ''
  const given = typeof value === 'string' ? quoted(value) : kindOf(value)
  report.error(path, `${what} can't be ${given}${guess}`, { hint: `allowed: ${words.join(', ')}` })
}

/** The key that a path ends in, as messages name it: `"timeout"`, `an entry of "tasks"`. */
export function nameOf(path: Path): string {
  const key = path.findLast((step) => typeof step === 'string')
  if (key === undefined) return 'the file'
  return typeof path.at(-1) === 'number' ? `an entry of "${key}"` : `"${key}"`
}

/**
 * Reads one value that is not a collection. `undefined` means that it was wrong, which has been
 * reported. Durations become milliseconds.
 */
export function readScalar(shape: Shape, value: JsonValue, path: Path, report: Report): unknown {
  const what = nameOf(path)
  if (shape.is === 'choice') return readChoice(shape.of, value, path, what, report)
  if (shape.is === 'duration') {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined
    if (ms === undefined) {
      const hint =
        typeof value === 'number' ? `a number needs its unit: ${value}s or ${value}ms` : undefined
      report.error(
        path,
        `${what} must be ${durationHint}, not ${kindOf(value)}`,
        hint === undefined ? {} : { hint },
      )
    }
    if (ms !== 0 || shape.isPositive !== true) return ms
    report.error(path, `${what} must be longer than nothing`)
    return undefined
  }
  const primitive = typeof value === 'number' || typeof value === 'boolean'
  if (shape.is === 'scalar' && primitive) return asWritten(value, path, report)
  const rule = ruleOf(shape)
  if (rule === undefined || rule.accepts(value)) return value
  const hint = shape.is === 'text' && primitive ? { hint: `in quotes it is text: "${value}"` } : {}
  report.error(path, `${what} must be ${rule.allowed}, not ${kindOf(value)}`, hint)
  return undefined
}
