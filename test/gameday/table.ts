import type { Fault } from './fault.ts'
import { faults } from './faults.ts'
import { gameDayPace } from './pace.ts'
import type { GameDayRecord, KeptVerdict } from './record.ts'
import type { Heard } from './run-fault.ts'
import { shippedSeverity } from './severity.ts'

const rounded = (seconds: number | undefined): string =>
  seconds === undefined ? 'never' : String(Math.round(seconds))

/** One number, or one of each version where they differ. */
function across(heard: readonly Heard[], valueOf: (heard: Heard) => number | undefined): string {
  return [...new Set(heard.map((each) => rounded(valueOf(each))))].join(' / ')
}

function expectedOf({ expects }: Fault): string {
  if (expects.length === 0) return 'silence'
  return expects.map((name) => `${shippedSeverity(name)}: ${name}`).join('<br>')
}

function cellsOf(fault: Fault, kept: KeptVerdict | undefined): readonly string[] {
  if (kept === undefined) return ['not run yet', '', '', '', '']
  if (kept.skipped !== undefined) return [`not run: ${kept.skipped}`, '', '', '', kept.date]
  const heard = Object.values(kept.heard)
  const fired = fault.expects.map((name) => across(heard, (each) => each.fired[name])).join('<br>')
  const union = (namesOf: (each: Heard) => readonly string[]): string =>
    [...new Set(heard.flatMap(namesOf))].join(', ') || 'none'
  return [
    fired || '–',
    fault.expects.length === 0 ? '–' : across(heard, ({ ended }) => ended),
    union(({ alsoFired }) => alsoFired),
    union(({ falseAlarms }) => falseAlarms),
    kept.note === undefined ? kept.date : `${kept.date}: ${kept.note}`,
  ]
}

/** Writes the record as a table in Markdown. Where versions differ, "2.42 / 3.16". */
export function tableOf(record: GameDayRecord): string {
  return [
    '| fault | page or ticket expected | seconds to fire | seconds to end | true consequences that fired | false alarms | run |',
    '|---|---|---|---|---|---|---|',
    ...faults.map(
      (fault) =>
        `| ${[fault.name, expectedOf(fault), ...cellsOf(fault, record[fault.name])].join(' | ')} |`,
    ),
  ].join('\n')
}

/** Writes the page of the game day. */
export function pageOf(record: GameDayRecord): string {
  return `# Game day

What the shipped alerts say when things really break. \`npm run gameday\` writes this page: it starts an API process and two workers on a
real Temporal server, scrapes them with Prometheus 2.42 and 3.16, and causes one fault after the other under load. With the part of a
name it runs those faults again.

The rules are the shipped ones, generated at a shorter pace: 2 minutes last ${gameDayPace(120)} seconds here, 10 minutes ${gameDayPace(600)}, an hour ${gameDayPace(3_600)}. The processes
run in real time: a health check 6 seconds after the last answer, a reconcile interval of 15 seconds. Seconds to fire count from the
beginning of the fault, seconds to end from its end. Two numbers are those of Prometheus 2.42 and 3.16.

${tableOf(record)}

A true consequence is an alert that the fault makes true as well: while Temporal is away, the API answers starts with 5xx. A false alarm is
any other alert that fires from the beginning of the fault until all is calm again, those of the two minutes after included.
Seconds that a request may take do not shrink with the pace. CompozyApiLatencyHigh fires here when more than 5 % of the requests have really
taken longer than a second for ${gameDayPace(600)} seconds, in operation for 10 minutes. On a machine that is busy with other work, it tells the truth about
that machine, not about the fault; it counts as a false alarm all the same.

The 503s come from a network to Temporal that is cut until 40 starts have failed. The cut and the reconnection can outlast the
${gameDayPace(120)} seconds of CompozyTemporalUnreachable here. In operation, the same cut is far shorter than its 2 minutes.

Alertmanager silences most consequences: see [alerting](alerting.md#which-alert-silences-which).
`
}
