import { defined } from '../../../core/defined.ts'
import { taskCatalogue } from '../catalogue/task.ts'
import { families } from '../catalogue.ts'
import { applicationName } from './application-name.ts'
import { select } from './promql.ts'
import { withJob, type RuleFile, type RuleOptions } from './rule.ts'
import { ruleFiles } from './rules.ts'

/** What the alert rules of an application are generated for. */
export interface LibraryRuleOptions extends Partial<Pick<RuleOptions, 'buckets'>> {
  /** The prefix that `createMonitoring` was given. */
  readonly prefix: string
  /** The scrape job of Prometheus. Default: the prefix. */
  readonly job?: string
  /** Regular expression of the route templates whose errors and latency count. Default `/.*`. */
  readonly paths?: string
}

/** Families that only an engine that interprets workflows, or a feature, feeds. */
const unfed: readonly string[] = [
  ...Object.values(taskCatalogue),
  families.reachable,
  families.pollAge,
  families.workflowExecutions,
  families.workflowStuck,
  families.workflowServerClosed,
  families.taskQueueBacklog,
  families.taskQueueBacklogAge,
  families.reconcileErrors,
].map(({ name }) => name)

/** Alerts about a route of the engine, whose series exist before its first request. */
const ofEngineRoutes: readonly (string | undefined)[] = ['CompozyApiAbsent']

/**
 * What else must hold for an alert of an application. Many applications have no workers, and the
 * gauges of workers are 0 there. Not the last value: workers that were stopped count as none.
 */
const conditions: Readonly<Record<string, string>> = {
  CompozyNoWorkers: `and on (job) sum by (job) (max_over_time(${select(families.workersConfigured.name)}[1d])) > 0`,
}

/** The first family of an expression is the one that it is about. */
const isFed = (expr: string): boolean =>
  !unfed.includes(/\bcompozy_[a-z_]+/.exec(expr)?.[0].replace(/_(bucket|count|sum)$/, '') ?? '')

/** Returns a text of the shipped rules or dashboards for another prefix and job. */
export function withPrefix(text: string, prefix: string, job = prefix): string {
  // The job last: its name may begin with compozy_ too.
  return withJob(
    text.replaceAll(/\bcompozy_/g, () => `${prefix}_`),
    job,
  )
}

interface ShippedRule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Returns the shipped alert rules for an application with a prefix of its own, as the content of a
 * rule file. Alerts about families that only the engine feeds are left out.
 */
export function libraryRules(options: LibraryRuleOptions): RuleFile {
  const { prefix, job = prefix, paths = '/.*', buckets = {} } = options
  const application = applicationName(prefix)
  const rename = (text: string): string => withPrefix(text, prefix, job)

  function adapt({ alert, record, expr, annotations, ...rest }: ShippedRule): ShippedRule {
    // An application without `build` exports no build info.
    const measured =
      alert === 'CompozyMetricsBlind'
        ? expr.replace(families.buildInfo.name, families.uptime.name)
        : expr
    const condition = conditions[alert ?? '']
    const narrowed = condition === undefined ? measured : `${measured}\n${condition}`
    const shown = Object.entries(annotations ?? {}).map(([key, text]) => [
      key,
      // The runbooks are those of the engine.
      key === 'runbook_url' ? text : rename(text).replaceAll(/\bCompozy\b/g, application),
    ])
    return defined({
      alert: alert?.replace(/^Compozy/, application),
      record: record && rename(record),
      ...rest,
      expr: rename(narrowed).replaceAll('path=~"/api/.*"', `path=~"${paths}"`),
      annotations: annotations && Object.fromEntries(shown),
    })
  }

  // The rules look up buckets by the engine's names.
  const known = Object.entries(buckets).map(
    ([family, bounds]) => [family.replace(`${prefix}_`, 'compozy_'), bounds] as const,
  )
  const files = Object.values(ruleFiles({ buckets: Object.fromEntries(known) }))
  const groups = files.flatMap((file) =>
    file.groups.map(({ name, rules }) => ({
      name: name.replace('compozy', prefix),
      rules: (rules as readonly ShippedRule[])
        .filter(({ alert, expr }) => isFed(expr) && !ofEngineRoutes.includes(alert))
        .map(adapt),
    })),
  )
  return { groups: groups.filter(({ rules }) => rules.length > 0) }
}
