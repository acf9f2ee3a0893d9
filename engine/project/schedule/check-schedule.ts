import type { Report } from '../../schema/report.ts'
import { explainCron, limitsBothDays } from './cron.ts'

const path = ['schedule', 'cron']

/** The names that ICU lists, exactly as IANA writes them, by their lower case. */
const listedZones = new Map(
  Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name]),
)

/**
 * Returns the time zone as Temporal takes it, undefined for an unknown one. Temporal looks zones up
 * by their exact IANA name and knows no offsets; JavaScript ignores case, so `utc` becomes `UTC`
 * and `America/New_york` becomes `America/New_York` here.
 */
export function timezoneName(name: string): string | undefined {
  // JavaScript knows SystemV/EST5 and the like, Temporal does not.
  if (/^[+-]|^systemv\//i.test(name)) return undefined
  if (/^us\/pacific-new$/i.test(name)) return 'America/Los_Angeles'
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return listedZones.get(name.toLowerCase()) ?? (isWellWritten(name) ? name : timeZone)
  } catch {
    return undefined
  }
}

/** Older names whose last word IANA does not write with one capital, such as `Australia/NSW`. */
const oddlyWritten =
  /(?:act|nsw|lhi|knox_in|comodrivadavia|easterisland|bajanorte|bajasur|denoronha)$/i

/**
 * Reports whether an older name, which ICU does not list, is written as IANA writes it:
 * `Asia/Kolkata` and `US/Pacific`, but not `Asia/kolkata` or `Us/Pacific`.
 */
function isWellWritten(name: string): boolean {
  if (/^Etc\/GMT[+-]\d+$/.test(name)) return true
  if (oddlyWritten.test(name) || /^(?:Us|Etc)\//.test(name)) return false
  const [area = '', ...rest] = name.split(/[/_-]/)
  const isWord = (word: string): boolean => /^[A-Z][a-z]+$/.test(word)
  return rest.length > 0 && (area === 'US' || isWord(area)) && rest.every(isWord)
}

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
