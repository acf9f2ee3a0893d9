import { Cron } from 'croner'
import { durationHint, parseDuration } from '../core/duration.ts'
import type { Report } from '../schema/report.ts'

const fieldNames = ['minute', 'hour', 'day of month', 'month', 'day of week']
const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']
const path = ['schedule', 'cron']

/** What Temporal understands of a cron field: numbers, names, lists, ranges and steps. */
const plainFields = /^[\dA-Za-z*,/ -]+$/

/**
 * Returns the time zone as Temporal takes it, undefined for an unknown one. Temporal looks zones up by
 * their exact IANA name and knows no offsets; JavaScript ignores case, so `utc` becomes `UTC` here.
 */
export function timezoneName(name: string): string | undefined {
  if (/^[+-]/.test(name)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return isWrittenAsIana(name) ? name : timeZone
  } catch {
    return undefined
  }
}

/** `Asia/Kolkata` and `US/Pacific`, but not `asia/kolkata` or `ASIA/KOLKATA`. */
function isWrittenAsIana(name: string): boolean {
  const parts = name.split('/')
  return parts.length > 1 && parts.every((part) => /^[A-Z]/.test(part)) && /[a-z\d]$/.test(name)
}

/** The reason why a cron text is refused, or nothing. */
function cronProblem(cron: string): { message: string; hint: string } | undefined {
  if (cron.startsWith('@every')) {
    const ms = parseDuration(cron.slice('@every'.length).trim())
    if (ms !== undefined && ms >= 1_000) return undefined
    return {
      message: `"${cron}" has no interval that can be used`,
      hint: `after @every: ${durationHint}, at least 1s`,
    }
  }
  if (cron.startsWith('@')) {
    if (nicknames.includes(cron)) return undefined
    return {
      message: `unknown schedule "${cron}"`,
      hint: `allowed: ${nicknames.join(', ')}, @every 5m`,
    }
  }
  const fields = cron.split(/\s+/).filter(Boolean)
  const hint = `five fields: ${fieldNames.join(', ')}`
  if (fields.length === 6) {
    const rest = fields.slice(1).join(' ')
    const message = `"${cron}" has six fields; drop the first one ("${fields[0]}", the seconds)`
    return { message, hint: `write cron: "${rest}"` }
  }
  if (fields.length !== 5)
    return { message: `"${cron}" has ${fields.length} fields instead of five`, hint }
  if (
    !plainFields.test(cron) ||
    fields
      .slice(2, 3)
      .concat(fields[4]!)
      .some((field) => /\d*[LW]$|^L/.test(field) && !/^[A-Z]{3}/i.test(field))
  )
    return {
      message: `"${cron}" uses a sign that schedules do not know`,
      hint: `${hint}; with * , - / only`,
    }
  try {
    if (new Cron(cron, { paused: true, mode: '5-part', timezone: 'UTC' }).nextRun() !== null)
      return undefined
    return { message: `"${cron}" never comes`, hint: 'no such day in any year' }
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message.replace(/^\w+: /, '') : ''
    return { message: `"${cron}" can't be read: ${detail}`, hint }
  }
}

/** Checks what the shape of a schedule can't say: the cron text, the time zone, and that it ends after its start. */
export function checkSchedule(
  schedule: {
    readonly cron?: string
    readonly timezone?: string
    readonly start_at?: string
    readonly end_at?: string
  },
  report: Report,
): void {
  const { cron, timezone, start_at: start, end_at: end } = schedule
  const problem = cron === undefined ? undefined : cronProblem(cron.trim())
  if (problem !== undefined) report.error(path, problem.message, { hint: problem.hint })
  if (timezone !== undefined && timezoneName(timezone) === undefined)
    report.error(['schedule', 'timezone'], `unknown time zone "${timezone}"`, {
      hint: 'an IANA name such as UTC or Europe/Berlin; offsets such as +02:00 are not allowed',
    })
  if (start !== undefined && end !== undefined && Date.parse(end) <= Date.parse(start))
    report.error(['schedule', 'end_at'], 'end_at is not after start_at')
}
