import { formatDuration } from '../../engine/core/time/duration.ts'
import type { Line, Style } from '../line.ts'
import { formatTable, type Cell } from '../table.ts'
import type { TopFigures, WorkflowFigures } from './figures.ts'

const text = (value: number | null, shown: (value: number) => string = String): string =>
  value === null ? '-' : shown(value)

/** Formats a time under a second in ms with one place, a longer one as a duration. */
const latency = (seconds: number): string =>
  seconds < 1 ? `${(seconds * 1_000).toFixed(1)}ms` : formatDuration(seconds * 1_000)

const styledIf = (isMarked: boolean, style: Style, value: string): Cell =>
  isMarked ? { text: value, style } : value

/** Reports whether a row stands for unknown workflows, of which no run was ever counted. */
const isIdleOther = ({ workflow, started, completed, failed, open }: WorkflowFigures): boolean =>
  workflow === 'other' && started + completed + failed + (open ?? 0) === 0

/** Formats the figures as lines; busy workflows first, so that a small screen shows them. */
export function formatTop(figures: TopFigures, title: string, width?: number): Line[] {
  const { workers, http, workflows, backlog } = figures
  const isShort = (workers.running ?? 0) < (workers.configured ?? 0)
  const waiting = Object.entries(backlog).map(([type, count]) => `${type} ${count}`)
  const facts = [
    [
      { text: 'workers', style: 'dim' } as const,
      styledIf(isShort, 'bad', `${text(workers.running)} of ${text(workers.configured)}`),
    ],
    [
      { text: 'requests', style: 'dim' } as const,
      `${text(http.per_second, (value) => value.toFixed(1))}/s, p95 ${text(http.p95_seconds, latency)}, ${text(http.in_flight)} in flight`,
    ],
    [
      { text: 'errors', style: 'dim' } as const,
      styledIf(
        (http.error_share ?? 0) > 0,
        'bad',
        text(http.error_share, (share) => `${(share * 100).toFixed(1)} %`),
      ),
    ],
    [{ text: 'backlog', style: 'dim' } as const, waiting.join(', ') || '-'],
  ]
  const rows = workflows
    .filter((each) => !isIdleOther(each))
    .toSorted((a, b) => (b.open ?? 0) - (a.open ?? 0) || b.started - a.started)
    .map((each): Cell[] => [
      each.workflow,
      String(each.started),
      String(each.completed),
      styledIf(each.failed > 0, 'bad', String(each.failed)),
      text(each.open),
      styledIf((each.stuck ?? 0) > 0, 'bad', text(each.stuck)),
    ])
  const head = ['WORKFLOW', 'STARTED', 'COMPLETED', 'FAILED', 'OPEN', 'STUCK']
  return [
    [{ text: title, style: 'bold' }],
    '',
    ...formatTable(facts, width),
    '',
    ...(rows.length === 0 ? ['no workflows'] : formatTable([head, ...rows], width)),
  ]
}
