import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { isJsonObject } from '../../../core/json.ts'
import { didYouMean } from '../../../core/nearest.ts'
import { isScrapeJob, prefixProblem, scrapeJobRule } from '../../../core/custom-metric.ts'
import { taskCatalogue } from '../catalogue/task.ts'
import { allFamilies, families } from '../catalogue.ts'
import { readersFor } from '../family-settings.ts'
import { prefixedName } from '../instruments/registry.ts'
import { applicationName } from './application-name.ts'
import { select } from './promql.ts'
import { withJob, type RuleFile, type RuleOptions } from './rule.ts'
import { isRoutePattern, quotedPromql } from './route-pattern.ts'
import { ruleFiles } from './rules.ts'

/** What the alert rules of an application are generated for. */
export interface LibraryRuleOptions extends Partial<Pick<RuleOptions, 'buckets'>> {
  /** The prefix that `createMonitoring` was given. */
  readonly prefix: string
  /** The scrape job of Prometheus. Default: the prefix. */
  readonly job?: string
  /** Regular expression (RE2) of the routes whose errors and latency count. Default `/.*`. */
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

const optionNames = ['prefix', 'job', 'paths', 'buckets'] as const

function refuse(message: string): never {
  throw new CompozyError('config_invalid', message)
}

function checkNames(prefix: unknown, job: unknown): void {
  const problem = prefixProblem(prefix)
  if (problem !== undefined) refuse(`prefix ${JSON.stringify(prefix)} ${problem}`)
  if (!isScrapeJob(job))
    refuse(`option job is ${JSON.stringify(job)}; it must be a text and ${scrapeJobRule}`)
}

/** Checks what JavaScript may pass. Throws CompozyError `config_invalid`. */
function readRuleOptions(options: unknown): Required<LibraryRuleOptions> {
  if (!isJsonObject(options)) refuse('the options are missing; give at least { prefix: "shop" }')
  const unknown = Object.keys(options).find((name) => !optionNames.some((known) => known === name))
  if (unknown !== undefined)
    refuse(`option "${unknown}" is unknown${didYouMean(unknown, optionNames)}`)
  const { prefix, job = prefix, paths = '/.*', buckets = {} } = options
  checkNames(prefix, job)
  if (!isRoutePattern(paths))
    refuse(
      `option paths is ${JSON.stringify(paths)}; it must be one regular expression of Prometheus (RE2), such as "/api/.*"`,
    )
  const found = readersFor(prefix as string).buckets.read(buckets)
  if ('wrong' in found) refuse(`option buckets: ${found.wrong}`)
  return { prefix: prefix as string, job: job as string, paths, buckets: found.value }
}

/**
 * Returns a text of the shipped rules or dashboards for another prefix and job. Throws CompozyError
 * `config_invalid` for a wrong prefix or job.
 */
export function withPrefix(text: string, prefix: string, job = prefix): string {
  checkNames(prefix, job)
  return renamed(text, prefix, job)
}

function renamed(text: string, prefix: string, job: string): string {
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
 * rule file. Alerts about families that only the engine or a feature feeds are left out. Throws
 * CompozyError `config_invalid` for wrong options.
 */
export function libraryRules(options: LibraryRuleOptions): RuleFile {
  const { prefix, job, paths, buckets } = readRuleOptions(options)
  const application = applicationName(prefix)
  const rename = (text: string): string => renamed(text, prefix, job)
  const pathMatcher = `path=~"${quotedPromql(paths)}"`

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
      expr: rename(narrowed).replaceAll('path=~"/api/.*"', () => pathMatcher),
      annotations: annotations && Object.fromEntries(shown),
    })
  }

  // The rules look up buckets by the engine's names.
  const known = allFamilies.flatMap((family) => {
    const bounds = buckets[prefixedName(family, prefix)]
    return bounds === undefined ? [] : [[family.name, bounds] as const]
  })
  const files = Object.values(ruleFiles({ buckets: Object.fromEntries(known) }))
  const groups = files.flatMap((file) =>
    file.groups.map(({ name, rules, ...rest }) => ({
      name: name.replace('compozy', prefix),
      ...rest,
      rules: (rules as readonly ShippedRule[])
        .filter(({ alert, expr }) => isFed(expr) && !ofEngineRoutes.includes(alert))
        .map(adapt),
    })),
  )
  return { groups: groups.filter(({ rules }) => rules.length > 0) }
}
