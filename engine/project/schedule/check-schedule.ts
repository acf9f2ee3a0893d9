import type { Report } from '../../schema/report.ts'
import { explainCron, limitsBothDays } from './cron.ts'

const path = ['schedule', 'cron']

/**
 * Returns the time zone as Temporal takes it, undefined for an unknown one. Temporal looks zones up
 * by their exact IANA name and knows no offsets; JavaScript ignores case, so `utc` becomes `UTC`
 * here.
 */
export function timezoneName(name: string): string | undefined {
  // JavaScript knows SystemV/EST5 and the like, Temporal does not.
  if (/^[+-]|^systemv\//i.test(name)) return undefined
  if (/^us\/pacific-new$/i.test(name)) return 'America/Los_Angeles'
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

/**
 * Checks what the shape of a schedule can't say: the cron text, the time zone, and that it ends
 * after its start.
 */
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
  const problem = cron === undefined ? undefined : explainCron(cron.trim())
  if (problem !== undefined) report.error(path, problem.message, { hint: problem.hint })
  else if (cron !== undefined && limitsBothDays(cron))
    report.warning(path, 'a run needs the day of month and the day of week to match, both', {
      hint: 'other cron programs run when either matches; for that, write two workflows',
    })
  if (timezone !== undefined && timezoneName(timezone) === undefined)
    report.error(['schedule', 'timezone'], `unknown time zone "${timezone}"`, {
      hint: 'an IANA name such as UTC or Europe/Berlin; offsets such as +02:00 are not allowed',
    })
  if (start !== undefined && end !== undefined && Date.parse(end) <= Date.parse(start))
    report.error(['schedule', 'end_at'], 'end_at is not after start_at')
}
