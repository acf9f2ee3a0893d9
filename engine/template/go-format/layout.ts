/** A time in UTC, to the nanosecond. */
export interface GoTime {
  /** To the second. */
  readonly date: Date
  readonly nanosecond: number
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/**
 * The elements of a layout in the order in which Go tries them at each place. `Jan` and `Mon`
 * before a lower-case letter, and `_2` before `006`, are plain text.
 */
const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_(?=2006)|_2|__2|[345]|PM|pm|[Z-]07(?:0000|:00:00|00|:00|)|[.,](?:0+|9+)(?!\d)/g

function digits(value: number, width: number): string {
  const text = String(Math.abs(value)).padStart(width, '0')
  return value < 0 ? `-${text}` : text
}

function dayOfYear(date: Date): number {
  const start = new Date(date)
  start.setUTCMonth(0, 1)
  return Math.round((date.getTime() - start.getTime()) / 86_400_000) + 1
}

/** `.000` shows three digits of a second, `.999` up to three, without trailing zeros. */
function secondFraction(shape: string, nanosecond: number): string {
  const shown = digits(nanosecond, 9).slice(0, shape.length - 1)
  if (shape[1] === '0') return shape[0]! + shown
  const trimmed = shown.replace(/0+$/, '')
  return trimmed === '' ? '' : shape[0]! + trimmed
}

type Shower = (date: Date) => string

const year: Shower = (date) => digits(date.getUTCFullYear(), 4)
const twelve = (date: Date): number => date.getUTCHours() % 12 || 12

const showers: Readonly<Record<string, Shower>> = {
  '2006': year,
  '06': (date) => digits(Math.abs(date.getUTCFullYear()) % 100, 2),
  January: (date) => months[date.getUTCMonth()]!,
  Jan: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  '01': (date) => digits(date.getUTCMonth() + 1, 2),
  '1': (date) => String(date.getUTCMonth() + 1),
  Monday: (date) => weekdays[date.getUTCDay()]!,
  Mon: (date) => weekdays[date.getUTCDay()]!.slice(0, 3),
  '02': (date) => digits(date.getUTCDate(), 2),
  _2: (date) => String(date.getUTCDate()).padStart(2, ' '),
  '2': (date) => String(date.getUTCDate()),
  '002': (date) => digits(dayOfYear(date), 3),
  __2: (date) => String(dayOfYear(date)).padStart(3, ' '),
  '15': (date) => digits(date.getUTCHours(), 2),
  '03': (date) => digits(twelve(date), 2),
  '3': (date) => String(twelve(date)),
  PM: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  pm: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  '04': (date) => digits(date.getUTCMinutes(), 2),
  '4': (date) => String(date.getUTCMinutes()),
  '05': (date) => digits(date.getUTCSeconds(), 2),
  '5': (date) => String(date.getUTCSeconds()),
  MST: () => 'UTC',
  _: () => '_',
}

function showElement(shape: string, { date, nanosecond }: GoTime): string {
  if (Object.hasOwn(showers, shape)) return showers[shape]!(date)
  if (shape.startsWith('Z')) return 'Z'
  if (shape.startsWith('-')) return `+${shape.slice(1).replaceAll('7', '0')}`
  return secondFraction(shape, nanosecond)
}

/**
 * Returns a time in UTC by a layout of Go's time package.
 *
 * @example
 * formatTime('2006-01-02 15:04', { date: new Date(0), nanosecond: 0 }) // '1970-01-01 00:00'
 */
export function formatTime(layout: string, time: GoTime): string {
  return layout.replaceAll(element, (shape) => showElement(shape, time))
}
