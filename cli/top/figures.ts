import { evaluateVector } from '../../promql/evaluate.ts'
import type { Expression, LabelMatcher, SelectorExpression } from '../../promql/expression.ts'
import type { SampleStore } from '../../promql/sample-store.ts'

/** The part of a scrape that `top` shows. Null is what the scrape does not tell yet. */
export interface TopFigures {
  readonly workers: { readonly running: number | null; readonly configured: number | null }
  readonly http: {
    readonly per_second: number | null
    /** Share of answers with a status of 5xx, 0 to 1. */
    readonly error_share: number | null
    readonly p95_seconds: number | null
    readonly in_flight: number | null
  }
  readonly workflows: readonly WorkflowFigures[]
  /** Waiting workflow tasks and activities. */
  readonly backlog: Readonly<Record<string, number>>
}

/** Runs of one workflow since the process started; open and stuck ones now. */
export interface WorkflowFigures {
  readonly workflow: string
  readonly started: number
  readonly completed: number
  readonly failed: number
  readonly open: number | null
  readonly stuck: number | null
}

/** Rates and quantiles look back this far, ms. */
export const windowMs = 60_000

/** Probes and scrapes are not the users' requests. */
const users: LabelMatcher = {
  label: 'path',
  op: '!~',
  value: '/metrics|/healthz|/readyz|/page/.*',
}
const failed: LabelMatcher = { label: 'status_code', op: '=~', value: '5..' }

function family(name: string, ...matchers: readonly LabelMatcher[]): SelectorExpression {
  return {
    kind: 'selector',
    matchers: [{ label: '__name__', op: '=', value: `compozy_${name}` }, ...matchers],
    offset: 0,
  }
}

const rateOf = (of: SelectorExpression): Expression => ({
  kind: 'call',
  name: 'rate',
  args: [{ ...of, range: windowMs }],
})

const aggregate = (op: string, labels: readonly string[], of: Expression): Expression => ({
  kind: 'aggregate',
  op,
  without: false,
  labels,
  of,
})

/** Computes what `top` shows from the scrapes so far. */
export function computeFigures(store: SampleStore, at: number): TopFigures {
  const read = (expression: Expression) => evaluateVector(expression, store, at)
  const one = (expression: Expression): number | null => {
    const value = read(expression)[0]?.value
    return value === undefined || Number.isNaN(value) ? null : value
  }
  const sum = (of: Expression): number | null => one(aggregate('sum', [], of))
  const byWorkflow = (op: string, of: Expression): ReadonlyMap<string, number> =>
    new Map(
      read(aggregate(op, ['workflow_type'], of)).map(({ labels, value }) => [
        labels['workflow_type'] ?? '',
        value,
      ]),
    )
  // One scrape has no rate: the figures are those since the process started.
  const requests = family('http_requests_total', users)
  const isFirst = sum(rateOf(requests)) === null
  const pace = (of: SelectorExpression): Expression => (isFirst ? of : rateOf(of))
  const all = sum(pace(requests))
  const errors = sum(pace(family('http_requests_total', users, failed))) ?? 0
  const buckets = family('http_request_duration_seconds_bucket', users)
  const started = byWorkflow('sum', family('temporal_workflow_started_total'))
  const completed = byWorkflow('sum', family('temporal_workflow_completed_total'))
  const failures = byWorkflow('sum', family('temporal_workflow_failed_total'))
  const running: LabelMatcher = { label: 'status', op: '=', value: 'running' }
  const open = byWorkflow('max', family('temporal_workflow_executions', running))
  const stuck = byWorkflow('max', family('temporal_workflow_stuck'))
  const names = new Set([started, open, stuck].flatMap((each) => [...each.keys()]))
  const backlog = aggregate('max', ['task_queue_type'], family('temporal_task_queue_backlog'))
  return {
    workers: {
      running: sum(family('temporal_workers_running_total')),
      configured: sum(family('temporal_workers_configured_total')),
    },
    http: {
      per_second: isFirst ? null : all,
      error_share: all === null || all === 0 ? null : errors / all,
      p95_seconds: one({
        kind: 'call',
        name: 'histogram_quantile',
        args: [{ kind: 'number', value: 0.95 }, aggregate('sum', ['le'], pace(buckets))],
      }),
      in_flight: sum(family('http_requests_in_flight')),
    },
    workflows: [...names].toSorted().map((workflow) => ({
      workflow,
      started: started.get(workflow) ?? 0,
      completed: completed.get(workflow) ?? 0,
      failed: failures.get(workflow) ?? 0,
      open: open.get(workflow) ?? null,
      stuck: stuck.get(workflow) ?? null,
    })),
    backlog: Object.fromEntries(
      read(backlog).map(({ labels, value }) => [labels['task_queue_type'] ?? 'all', value]),
    ),
  }
}
