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

/** Elements of a layout, longer before shorter; `02` must not eat the beginning of `2006`. */
const elements =
  /January|Jan|Monday|Mon|MST|2006|002|01|02|03|04|05|06|15|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|[.,](?:0+|9+)(?!\d)|PM|pm|_2|[12345]/g

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function dayOfYear(time: Date): number {
  return Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}

/** `.000` shows three digits of a second, `.999` as many as are not zero. */
function secondFraction(element: string, time: Date): string {
  const digits = String(time.getUTCMilliseconds())
    .padStart(3, '0')
    .padEnd(element.length - 1, '0')
  const shown = digits.slice(0, element.length - 1)
  if (element[1] === '0') return element[0]! + shown
  const trimmed = shown.replace(/0+$/, '')
  return trimmed === '' ? '' : element[0]! + trimmed
}

function show(element: string, time: Date): string {
  const hour = time.getUTCHours()
  const month = months[time.getUTCMonth()]!
  const weekday = weekdays[time.getUTCDay()]!
  switch (element) {
    case '2006':
      return String(time.getUTCFullYear()).padStart(4, '0')
    case '06':
      return two(time.getUTCFullYear() % 100)
    case 'January':
      return month
    case 'Jan':
      return month.slice(0, 3)
    case '01':
      return two(time.getUTCMonth() + 1)
    case '1':
      return String(time.getUTCMonth() + 1)
    case 'Monday':
      return weekday
    case 'Mon':
      return weekday.slice(0, 3)
    case '02':
      return two(time.getUTCDate())
    case '_2':
      return String(time.getUTCDate()).padStart(2, ' ')
    case '2':
      return String(time.getUTCDate())
    case '002':
      return String(dayOfYear(time)).padStart(3, '0')
    case '15':
      return two(hour)
    case '03':
      return two(hour % 12 || 12)
    case '3':
      return String(hour % 12 || 12)
    case 'PM':
      return hour < 12 ? 'AM' : 'PM'
    case 'pm':
      return hour < 12 ? 'am' : 'pm'
    case '04':
      return two(time.getUTCMinutes())
    case '4':
      return String(time.getUTCMinutes())
    case '05':
      return two(time.getUTCSeconds())
    case '5':
      return String(time.getUTCSeconds())
    case 'MST':
      return 'UTC'
    default:
      if (element.startsWith('Z')) return 'Z'
      if (element.startsWith('-')) return `+${element.slice(1).replaceAll('7', '0')}`
      return secondFraction(element, time)
  }
}

/**
 * A time in UTC by a layout of Go's time package.
 *
 * @example formatTime('2006-01-02 15:04', new Date(0)) // '1970-01-01 00:00'
 */
export function formatTime(layout: string, time: Date): string {
  return layout.replaceAll(elements, (element) => show(element, time))
}
