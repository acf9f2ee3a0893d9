import { families } from '../catalogue.ts'
import {
  boundFor,
  boundsOf,
  humanSeconds,
  nativeObservationsAbove,
  observations,
  observationsAbove,
  reconciledStaleness,
  rise,
  select,
  stillExported,
} from './promql.ts'
import {
  longInterval,
  type AlertRule,
  type RuleGroup,
  type RuleOptions,
  type WorkflowObjectives,
} from './rule.ts'

const by = 'job, workflow_type'
const sumRise = (selector: string, window: string): string =>
  `sum by (${by}) ${rise(selector, window)}`
const exported = (matcher: string): string =>
  stillExported(select(families.workflowStarted.name, matcher))

/** Windows of the duration, and the longer ones, which are expensive to read. */
const [shortWindow, ...longWindows] = ['1h', '1d', '3d'] as const
const runsIn = (window: string): string =>
  `job_workflow_type:compozy_objective_runs:increase${window}`
const slowRunsIn = (window: string): string =>
  `job_workflow_type:compozy_objective_slow_runs:increase${window}`

/** Rules over hours, and rules over days. */
interface ByCost {
  readonly short: RuleGroup['rules']
  readonly long: RuleGroup['rules']
}

/** Classic buckets do not tell runs above the largest bound apart. */
const isAboveBuckets = (seconds: number, options: RuleOptions): boolean =>
  seconds > (boundsOf(families.workflowDuration, options).at(-1) ?? 0)

/**
 * The ratio over an hour, or over three days and still over one, so that rare jobs count too. Fewer
 * than three slow runs never alert. Above the largest bound, only native histograms are judged.
 */
function slow(matcher: string, seconds: number, options: RuleOptions): ByCost {
  const { name } = families.workflowDuration
  const isAbove = isAboveBuckets(seconds, options)
  const bound = isAbove ? seconds : boundFor(families.workflowDuration, seconds, options)
  const recorded = (window: string): RuleGroup['rules'] => {
    const counting = { by, window, matchers: [matcher] }
    return [
      { record: runsIn(window), expr: observations(name, counting) },
      {
        record: slowRunsIn(window),
        expr: isAbove
          ? nativeObservationsAbove(name, bound, counting)
          : observationsAbove(name, bound, counting, select(runsIn(window), matcher)),
      },
    ]
  }
  const isSlow = (window: string): string =>
    `${select(slowRunsIn(window), matcher)} / ${select(runsIn(window), matcher)} > 0.05`
  const isOften = (window: string): string => `${select(slowRunsIn(window), matcher)} >= 3`
  const alert: AlertRule = {
    alert: 'CompozyObjectiveDuration',
    expr: `((${isSlow('1h')} and ${isOften('1h')})
or (${isSlow('3d')} and ${isSlow('1d')} and ${isOften('3d')}))
${exported(matcher)}`,
    for: '15m',
    severity: 'ticket',
    runbook: 'CompozyWorkflowSlow',
    summary: '{{ $labels.workflow_type }} misses its objective for duration',
    description: `{{ $value | humanizePercentage }} of the runs take longer than ${humanSeconds(bound)}, at least three of them; the objective allows 5 % above ${humanSeconds(seconds)}.`,
  }
  return { short: recorded(shortWindow), long: [...longWindows.flatMap(recorded), alert] }
}

/** A product of decimals as people write it: 0.144, not 0.14400000000000002. */
const decimal = (value: number): number => Number(value.toPrecision(12))

/** Burn rates on two windows each, and at least three failures, so that rare runs do not alert. */
function failing(matcher: string, ratio: number): ByCost {
  const failed = select(families.workflowClosed.name, matcher, 'outcome="failed"')
  const ended = select(families.workflowClosed.name, matcher, 'outcome=~"completed|failed"')
  // A ratio above 1 never fires, and one below the objective is allowed.
  const thresholdOf = (rate: number): number => Math.max(ratio, Math.min(ratio * rate, 0.99))
  const burns = (window: string, rate: number): string =>
    `${sumRise(failed, window)} / ${sumRise(ended, window)} > ${decimal(thresholdOf(rate))}`
  const alert = (rate: number, short: string, long: string, severity: AlertRule['severity']) => ({
    alert: 'CompozyObjectiveFailures',
    expr: `${burns(short, rate)}
and ${burns(long, rate)}
and ${sumRise(failed, long)} >= 3
${exported(matcher)}`,
    severity,
    runbook: 'CompozyWorkflowFailureRatio',
    summary: '{{ $labels.workflow_type }} misses its objective for failures',
    description: `{{ $value | humanizePercentage }} of the runs fail, over ${long} and still over ${short}; the objective allows ${decimal(ratio * 100)} %.`,
  })
  return {
    short: [alert(14.4, '5m', '1h', 'page')],
    long: [alert(1, '1h', '1d', 'ticket')],
  }
}

/**
 * A new workflow has missed nothing: it must have been known for the whole window. A renamed one
 * neither: it must still be exported, unless nothing of its job is. The alert waits for longer than
 * a scrape gap, since a run may complete in one.
 */
function missed(matcher: string, seconds: number): AlertRule {
  const completed = select(families.workflowCompleted.name, matcher)
  return {
    alert: 'CompozyObjectiveMissed',
    expr: `${sumRise(completed, `${seconds}s`)} == 0
and on (${by}) sum by (${by}) (last_over_time(${completed}[1h] offset ${seconds}s))
and on (${by}) (
  sum by (${by}) (${completed})
  or sum by (${by}) (last_over_time(${completed}[${reconciledStaleness}])) unless on (job) ${select(families.uptime.name)}
)`,
    for: '10m',
    severity: 'ticket',
    runbook: 'CompozyWorkflowStalled',
    summary: '{{ $labels.workflow_type }} has not completed in time',
    description: `No run has completed for ${humanSeconds(seconds)}, which is the objective.`,
  }
}

/** The rules of the `objectives:` of workflows. */
export function objectiveRules(options: RuleOptions): readonly RuleGroup[] {
  const rules = (options.objectives ?? []).flatMap((objective: WorkflowObjectives): ByCost[] => {
    const { workflow, durationP95Ms, failureRatio, everyMs } = objective
    const matcher = `workflow_type="${workflow}"`
    const found: ByCost[] = []
    if (durationP95Ms !== undefined) found.push(slow(matcher, durationP95Ms / 1_000, options))
    if (failureRatio !== undefined) found.push(failing(matcher, failureRatio))
    if (everyMs !== undefined)
      found.push({ short: [], long: [missed(matcher, Math.ceil(everyMs / 1_000))] })
    return found
  })
  const groups: readonly RuleGroup[] = [
    { name: 'compozy-objectives', rules: rules.flatMap(({ short }) => short) },
    {
      name: 'compozy-objectives-long',
      interval: longInterval,
      rules: rules.flatMap(({ long }) => long),
    },
  ]
  return groups.filter((group) => group.rules.length > 0)
}

/** An objective that no alert judges from classic buckets. */
export interface ObjectiveWarning {
  readonly workflow: string
  readonly message: string
  /** What to do. */
  readonly hint: string
}

/** Says which objectives for duration classic buckets cannot judge, and what to do. */
export function objectiveWarnings(options: RuleOptions): readonly ObjectiveWarning[] {
  const { name } = families.workflowDuration
  const largest = boundsOf(families.workflowDuration, options).at(-1) ?? 0
  return (options.objectives ?? []).flatMap(({ workflow, durationP95Ms = 0 }) => {
    const seconds = durationP95Ms / 1_000
    if (!isAboveBuckets(seconds, options)) return []
    const message = `the objective duration_p95: ${humanSeconds(seconds)} of ${workflow} is above the largest bucket of ${name}, ${humanSeconds(largest)}, so CompozyObjectiveDuration fires from native histograms alone`
    const hint = `add a bound of at least ${seconds} to monitoring.buckets`
    return [{ workflow, message, hint }]
  })
}
