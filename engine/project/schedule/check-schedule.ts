import type { Report } from '../../schema/report.ts'
import { explainCron, limitsBothDays } from './cron.ts'
import { timezoneName } from './timezone.ts'

const path = ['schedule', 'cron']

/**
 * Checks what the shape of a schedule can't say: the cron text, the time zone, and that it ends
 * after its start.
 * @param now ms since 1970; a schedule that has ended is a warning
 */
export function checkSchedule(
  schedule: {
    readonly cron?: string
    readonly timezone?: string
    readonly start_at?: string
    readonly end_at?: string
  },
  report: Report,
  now: number = Date.now(),
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
  if (end === undefined) return
  if (start !== undefined && Date.parse(end) <= Date.parse(start))
    report.error(['schedule', 'end_at'], 'end_at is not after start_at')
  else if (Date.parse(end) <= now)
    report.warning(['schedule', 'end_at'], 'end_at has passed; the schedule starts no more runs', {
      hint: 'give a later end_at, or remove the schedule',
    })
}
