import { Cron } from 'croner'
import { durationHint, parseDuration } from '../../core/time/duration.ts'
import { didYouMean } from '../../core/nearest.ts'
import { timezoneName } from './timezone.ts'

/** A problem of a cron expression, and its fix. */
export interface CronProblem {
  readonly message: string
  readonly hint: string
}

/** One of the five fields: its name, its range, and names for its values in order. */
interface CronField {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly words?: readonly string[]
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const days = 'SUN MON TUE WED THU FRI SAT'.split(' ')
const fields: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day of week', min: 0, max: 7, words: days },
]
const fieldsHint = `five fields: ${fields.map(({ name }) => name).join(', ')}`
const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']
const counts = [
  'no fields',
  'one field',
  'two fields',
  'three fields',
  'four fields',
  'five fields',
]

/** The number that one value of a field stands for; undefined for none. */
function valueOf(text: string, { min, words = [] }: CronField): number | undefined {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  const word = words.indexOf(text.toUpperCase())
  return word < 0 ? undefined : word + min
}

function rangeProblem(range: string, field: CronField): string | undefined {
  const { name, min, max } = field
  if (range.startsWith('-')) return `the ${name} ${range} is not from ${min} to ${max}`
  const ends = range.split('-')
  if (ends.length > 2) return `"${range}" in the ${name} is not a range`
  const values = ends.map((end) => valueOf(end, field))
  for (const [i, value] of values.entries()) {
    const written = ends[i]!
    if (value === undefined)
      return `"${written}" is not a ${name}${didYouMean(written, field.words ?? [])}`
    if (value < min || value > max) return `the ${name} ${written} is not from ${min} to ${max}`
  }
  const [from, to] = values
  if (to !== undefined && from! > to) return `the range "${range}" in the ${name} goes backward`
  return undefined
}

/** What is wrong with one part of a field's list: a value, a range, `*`, each with a step. */
function partProblem(part: string, field: CronField): string | undefined {
  const { name } = field
  const [range = '', step, ...more] = part.split('/')
  if (range === '' || more.length > 0) return `"${part}" in the ${name} can't be read`
  if (step !== undefined && !(/^\d{1,4}$/.test(step) && Number(step) > 0))
    return `the step "${step}" in the ${name} is not a whole number from 1`
  if (step !== undefined && Number(step) > field.max + 1)
    return `the step ${step} in the ${name} is larger than its range, ${field.min} to ${field.max}`
  return range === '*' ? undefined : rangeProblem(range, field)
}

function fieldProblem(text: string, field: CronField): CronProblem | undefined {
  const sign =
    /[^\dA-Za-z*,/-]/.exec(text)?.[0] ?? /(?:^|[\d,-])([LW])(?![A-Za-z])/i.exec(text)?.[1]
  if (sign !== undefined)
    return {
      message: `unsupported character "${sign}" in the ${field.name} of the cron expression`,
      hint: sign === '?' ? 'write * instead of ?' : `${fieldsHint}; with * , - / only`,
    }
  for (const part of text.split(',')) {
    const message = partProblem(part, field)
    if (message !== undefined) return { message, hint: fieldsHint }
  }
  return undefined
}

/** Temporal drops what is left of a second. */
function intervalProblem(cron: string): CronProblem | undefined {
  const ms = parseDuration(cron.slice('@every'.length).trim())
  if (ms !== undefined && ms >= 1_000 && ms % 1_000 === 0) return undefined
  return {
    message: `"${cron}" has no interval that can be used`,
    hint: `after @every: ${durationHint}, in whole seconds, at least 1s`,
  }
}

/** Returns an expression as Temporal reads it: exactly one blank after `@every`. */
export function normalCron(cron: string): string {
  return cron.trim().replace(/^@every\s*/, '@every ')
}

/**
 * Advises these five fields. Quartz and EventBridge write "?" for a day that may be any, and count
 * days of the week from 1, Sunday: names are the same everywhere.
 */
function advise(five: readonly string[]): string {
  if (!five.includes('?')) return `write cron: "${five.join(' ')}"`
  const weekday = five[4]!.replaceAll(/(?<![\w/])[1-7](?!\w)/g, (day) => days[Number(day) - 1]!)
  return `write cron: "${[...five.slice(0, 4), weekday].join(' ').replaceAll('?', '*')}"`
}

/** A year, a range of years or a step from one, as Quartz and EventBridge write it. */
const year = /^[12]\d{3}(?:[-/,]\d+)*$/

/**
 * Reports whether the last of six fields is the year and not the first one the seconds: it looks
 * like a year, the third cannot be an hour and so is the day, or the fifth cannot be a month and so
 * is the day of the week.
 */
function endsWithYear(given: readonly string[]): boolean {
  const [third, , fifth = '', sixth = ''] = given.slice(2)
  if (third === '?' || fifth === '?' || year.test(sixth)) return true
  return /SUN|MON|TUE|WED|THU|FRI|SAT/i.test(fifth)
}

/** Advice for a number of fields that other cron programs accept. */
function countProblem(cron: string, given: readonly string[]): CronProblem {
  if (given.length === 6 && endsWithYear(given))
    return {
      message: `"${cron}" has six fields; drop the last one ("${given[5]}", the year)`,
      hint: advise(given.slice(0, 5)),
    }
  if (given.length === 6)
    return {
      message: `"${cron}" has six fields; drop the first one ("${given[0]}", the seconds)`,
      hint: advise(given.slice(1)),
    }
  if (given.length === 7)
    return {
      message: `"${cron}" has seven fields; drop the first one ("${given[0]}", the seconds) and the last one ("${given[6]}", the year)`,
      hint: advise(given.slice(1, 6)),
    }
  const count = counts[given.length] ?? `${given.length} fields`
  return { message: `"${cron}" has ${count} instead of five`, hint: fieldsHint }
}

/** Advice for a time zone in the text, before the fields or after them. */
function zoneProblem(cron: string): CronProblem | undefined {
  const [, first, rest = ''] = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/i.exec(cron) ?? []
  const [, before = '', last = ''] = /^(.*)\s([a-z]+\/\S+|utc|gmt)$/i.exec(cron) ?? []
  const zone = first ?? timezoneName(last)
  if (zone === undefined) return undefined
  const fields = (first === undefined ? before : rest).trim()
  return {
    message: 'a time zone does not belong in the cron expression',
    hint: `write timezone: ${zone} and cron: "${fields}"`,
  }
}

/** Returns why a cron expression is refused; undefined if it is valid. */
export function explainCron(cron: string): CronProblem | undefined {
  const zone = zoneProblem(cron)
  if (zone !== undefined) return zone
  if (cron.startsWith('@every')) return intervalProblem(cron)
  if (cron.startsWith('@')) {
    if (nicknames.includes(cron)) return undefined
    const message = `unknown schedule "${cron}"${didYouMean(cron, nicknames)}`
    return { message, hint: `allowed: ${nicknames.join(', ')}, @every 5m` }
  }
  const given = cron.split(/\s+/).filter(Boolean)
  const comment = given.findIndex((text) => text.startsWith('#'))
  if (comment >= 0)
    return {
      message: 'a comment does not belong in the cron expression',
      hint: `write cron: "${given.slice(0, comment).join(' ')}"`,
    }
  if (given.length !== fields.length) return countProblem(cron, given)
  for (const [i, field] of fields.entries()) {
    const problem = fieldProblem(given[i]!, field)
    if (problem !== undefined) return problem
  }
  return comes(cron)
    ? undefined
    : { message: `"${cron}" never comes`, hint: 'no such day in any year' }
}

/** Writes `5/15` as `5-59/15`, which is what Temporal understands. */
function withRanges(cron: string): string {
  const given = cron.split(/\s+/).filter(Boolean)
  const written = given.map((text, i) => {
    const parts = text.split(',')
    return parts.map((part) => part.replace(/^(\w+)\//, `$1-${fields[i]!.max}/`)).join(',')
  })
  return written.join(' ')
}

/** Whether a readable cron text has a next time. Temporal wants both day fields to match. */
function comes(cron: string): boolean {
  try {
    const options = { paused: true, mode: '5-part', timezone: 'UTC', domAndDow: true } as const
    return new Cron(withRanges(cron), options).nextRun() !== null
  } catch {
    return false
  }
}

/** Reports whether a cron text limits both the day of the month and the day of the week. */
export function limitsBothDays(cron: string): boolean {
  const given = cron.split(/\s+/).filter(Boolean)
  return (
    given.length === fields.length && [given[2]!, given[4]!].every((day) => !day.startsWith('*'))
  )
}
