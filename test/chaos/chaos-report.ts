import { ownStatus } from './load-balancer.ts'
import { failuresOf, sumOf, type Outcomes } from './open-load.ts'
import type { ChaosReport } from './run-chaos.ts'
import { missedAt } from './quiet-point.ts'

/** What is wrong with a run of chaos; nothing when every promise held. */
export function problemsOf({ quietPoints, failedInRolls }: ChaosReport): string[] {
  const problems: string[] = []
  for (const [index, point] of quietPoints.entries()) {
    const at = `quiet point ${index + 1}: `
    const missed = missedAt(point)
    if (point.lost > 0) problems.push(`${at}${point.lost} runs lost`)
    if (missed.runs > point.answered + point.unanswered)
      problems.push(`${at}Temporal has ${missed.runs} runs of fewer starts`)
    if (-missed.started > point.restarted)
      problems.push(`${at}${-missed.started} counted twice as started`)
    if (missed.completed < 0) problems.push(`${at}${-missed.completed} counted twice as completed`)
    for (const what of ['started', 'completed'] as const) {
      if (missed[what] > point.heldByKills[what])
        problems.push(`${at}${missed[what]} not counted as ${what}, more than SIGKILL held`)
    }
  }
  if (failedInRolls > 0) problems.push(`${failedInRolls} requests failed in rolls`)
  return problems
}

function failuresIn(outcomes: Outcomes): string {
  const failures = [...outcomes].filter(([outcome]) => outcome !== 200 && outcome !== 202)
  const named = failures.map(
    ([outcome, count]) =>
      `${outcome === ownStatus.noTarget ? 'no engine ready' : outcome}: ${count}`,
  )
  return failures.length === 0 ? '0' : `${failuresOf(outcomes)} (${named.join(', ')})`
}

/** The report in Markdown: faults with their requests, then the quiet points. */
export function markdownOf(report: ChaosReport): string {
  const { faults, quietPoints, requests } = report
  const phases = [...faults.keys()].toSorted()
  const rows = [...phases, 'between'].map((phase) => {
    const outcomes: Outcomes = requests.get(phase) ?? new Map()
    return `| ${phase} | ${faults.get(phase) ?? ''} | ${sumOf(outcomes)} | ${failuresIn(outcomes)} |`
  })
  const points = quietPoints.map((point, index) => {
    const { runs, started, completed } = missedAt(point)
    const held = point.heldByKills
    return `| ${index + 1} | ${point.answered} | ${point.unanswered} | ${runs} | ${point.lost} | ${point.started} | ${point.completed} | ${Math.max(0, started)} of ${held.started} | ${completed} of ${held.completed} | ${Math.max(0, -started)} of ${point.restarted} |`
  })
  return [
    '| while | times | requests | failed |',
    '|---|---|---|---|',
    ...rows,
    '',
    '| quiet point | starts answered | not answered | runs in Temporal | lost | counted started | counted completed | starts missed, of at most | closes missed, of at most | starts twice, of at most |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...points,
  ].join('\n')
}
