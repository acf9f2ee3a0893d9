import { shippedSeverity } from './severity.ts'
import { gameDayPace } from './pace.ts'
import type { Heard, Verdict } from './run-fault.ts'

const rounded = (seconds: number | undefined): string =>
  seconds === undefined ? 'never' : String(Math.round(seconds))

/** The slowest and the quickest version, when they differ. */
function across(heard: readonly Heard[], valueOf: (heard: Heard) => number | undefined): string {
  return [...new Set(heard.map((each) => rounded(valueOf(each))))].join(' / ')
}

function expectedOf({ fault }: Verdict): string {
  if (fault.expects.length === 0) return 'silence'
  return fault.expects.map((name) => `${shippedSeverity(name)}: ${name}`).join('<br>')
}

function rowOf(verdict: Verdict): string {
  const { fault, skipped } = verdict
  if (skipped !== undefined)
    return `| ${fault.name} | ${expectedOf(verdict)} | not run: ${skipped} | | | |`
  const heard = Object.values(verdict.heard)
  const fired = fault.expects.map((name) => across(heard, (each) => each.fired[name])).join('<br>')
  const union = (names: (each: Heard) => readonly string[]): string =>
    [...new Set(heard.flatMap(names))].join(', ') || 'none'
  return `| ${[
    fault.name,
    expectedOf(verdict),
    fired || '–',
    fault.expects.length === 0 ? '–' : across(heard, ({ ended }) => ended),
    union(({ alsoFired }) => alsoFired),
    union(({ falseAlarms }) => falseAlarms),
  ].join(' | ')} |`
}

/** Writes what was heard as a table in Markdown. Where versions differ, "2.42 / 3". */
export function tableOf(verdicts: readonly Verdict[]): string {
  return [
    '| fault | page or ticket expected | seconds to fire | seconds to end | true consequences that fired | false alarms |',
    '|---|---|---|---|---|---|',
    ...verdicts.map(rowOf),
  ].join('\n')
}

/** Writes the page of the game day. */
export function pageOf(
  verdicts: readonly Verdict[],
  versions: readonly string[],
  date: string,
): string {
  return `# Game day

What the shipped alerts say when things really break. \`npm run gameday\` writes this page: it starts an API process and two workers on a
real Temporal server, scrapes them with Prometheus ${versions.join(' and ')}, and causes one fault after the other under load. The last
run was on ${date}.

The rules are the shipped ones, generated at a shorter pace: 2 minutes last ${gameDayPace(120)} seconds here, 10 minutes ${gameDayPace(600)}, an hour ${gameDayPace(3_600)}. The processes themselves run in real time: a health check every 5 seconds, a reconcile interval of 15 seconds. Seconds to fire count
from the beginning of the fault, seconds to end from its end. Two numbers are those of Prometheus ${versions.join(' and ')}.

${tableOf(verdicts)}

A true consequence is an alert that the fault makes true as well: while Temporal is away, the API answers starts with 5xx. A false alarm is
any other alert that fires from the beginning of the fault until all is calm again, those of the two minutes after included.
`
}
