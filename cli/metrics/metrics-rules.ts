import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import { isScrapeJob, scrapeJobRule } from '../../engine/core/custom-metric.ts'
import { libraryRules, ruleFiles, withPrefix } from '../../engine/infra/monitoring/public/index.ts'
import { diagnosticJson } from '../../engine/project/format.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { objectivesOf, openSession } from '../session.ts'
import { prefixOf } from './prefix.ts'

const jobOf = ({ flags }: CommandContext): string | undefined => {
  const { job } = flags.values
  if (job === undefined || isScrapeJob(job)) return job
  throw new CompozyError('usage_invalid', `flag --job=${job}; it must ${scrapeJobRule}`)
}

const dashboards = ['overview', 'workflows', 'runtime'] as const

/** The folder that ships with the package; a checkout has it beside `cli`, a build above `dist`. */
function shippedDashboard(name: string): string {
  if (!dashboards.some((each) => each === name))
    throw new CompozyError(
      'usage_invalid',
      `there is no dashboard "${name}"; allowed: ${dashboards.join(', ')}`,
    )
  const places = ['../../deploy', '../../../deploy'].map((folder) =>
    fileURLToPath(new URL(`${folder}/grafana/dashboards/compozy-${name}.json`, import.meta.url)),
  )
  const found = places.find((place) => existsSync(place))
  if (found !== undefined) return readFileSync(found, 'utf8')
  throw new CompozyError('internal', `the installation lacks the file ${places.at(-1)}`)
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}

/** Returns a dashboard that opens with one job chosen. */
function openingWith(job: string, text: string): string {
  const dashboard = JSON.parse(text) as Dashboard
  const list = dashboard.templating.list.map((variable) =>
    variable.name === 'job' ? { ...variable, current: { text: [job], value: [job] } } : variable,
  )
  return JSON.stringify({ ...dashboard, templating: { list } }, null, 2)
}

/**
 * Prints a Grafana dashboard as JSON, for another prefix and job if asked, and returns the exit
 * code.
 */
export function printDashboard(name: string, context: CommandContext): number {
  const prefix = prefixOf(context)
  const job = jobOf(context)
  const shipped = shippedDashboard(name)
  // An application without `build` exports no build info to find its jobs by.
  const adapted =
    prefix === undefined
      ? shipped
      : withPrefix(shipped, prefix, job)
          .replaceAll(
            `label_values(${prefix}_build_info`,
            `label_values(${prefix}_uptime_seconds_total`,
          )
          .replaceAll('path=~\\"/api/.*\\"', 'path=~\\"/.*\\"')
          .replaceAll(`"compozy-${name}"`, `"${prefix.replaceAll('_', '-')}-${name}"`)
  const text = job === undefined ? adapted : openingWith(job, adapted)
  context.terminal.emit({ event: 'dashboard', dashboard: JSON.parse(text) as object })
  context.terminal.print(text.trimEnd())
  return exitCodes.clean
}

/** Prints the rules of an application that uses the library, and returns the exit code. */
function printLibraryRules(
  prefix: string,
  job: string | undefined,
  context: CommandContext,
): number {
  const { groups } = libraryRules(defined({ prefix, job }))
  context.terminal.emit({ event: 'rules', groups })
  context.terminal.print(
    `# Alert rules for ${prefix}, from compozy metrics rules.\n${stringify({ groups }, { lineWidth: 0, singleQuote: true })}`.trimEnd(),
  )
  return exitCodes.clean
}

/** Prints the alert rules for a project's own buckets and objectives, and returns the exit code. */
export async function printRules(context: CommandContext): Promise<number> {
  const prefix = prefixOf(context)
  const job = jobOf(context)
  if (prefix !== undefined) return printLibraryRules(prefix, job, context)
  const { config, project, warnings } = await openSession(context)
  for (const warning of warnings)
    context.terminal.emit({ event: 'diagnostic', ...diagnosticJson(warning) })
  const { buckets } = config.monitoring
  const options = defined({ buckets, objectives: objectivesOf(project), job })
  const files = ruleFiles(options)
  const groups = Object.values(files).flatMap((file) => file.groups)
  context.terminal.emit({ event: 'rules', groups })
  context.terminal.print(
    `# Alert rules of Compozy for ${project.name}, from compozy metrics rules.\n${stringify({ groups }, { lineWidth: 0, singleQuote: true })}`.trimEnd(),
  )
  return exitCodes.clean
}
