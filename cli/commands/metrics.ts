import { CompozyError } from '../../engine/core/errors.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { requireObeyed } from '../flags.ts'
import { familyLines, labelText } from '../metrics/family-lines.ts'

async function list({ flags, terminal }: CommandContext): Promise<number> {
  const { allFamilies } = await import('../../engine/infra/monitoring/public/index.ts')
  for (const family of allFamilies) terminal.emit({ event: 'family', ...family })
  if (flags.switches.has('markdown')) {
    const lines = allFamilies.map(
      (family) => `| \`${family.name}\` | ${family.kind} | ${labelText(family)} | ${family.help} |`,
    )
    terminal.print(
      ['| family | kind | labels | meaning |', '|---|---|---|---|', ...lines].join('\n'),
    )
  } else {
    for (const line of familyLines(allFamilies, terminal.width)) terminal.print(line)
  }
  return exitCodes.clean
}

const actions = ['check', 'list', 'rules', 'dashboard']

/** `compozy metrics`. */
export const metrics: Command = {
  positionals: ['check|list|rules|dashboard', '[URL|FILE|-|NAME]'],
  flags: {
    core: { doc: 'Check only the eleven core metrics', actions: ['check'] },
    prd: { doc: 'The former name of --core', hidden: true, actions: ['check'] },
    'max-series': {
      value: 'N',
      doc: 'Label sets of one family that are still sound (default: 2000)',
      actions: ['check'],
    },
    'token-file': { value: 'FILE', doc: 'Bearer token for the endpoint', actions: ['check'] },
    prefix: {
      value: 'PREFIX',
      doc: 'For an application that uses the library',
      actions: ['check', 'rules', 'dashboard'],
    },
    job: {
      value: 'JOB',
      doc: 'rules, dashboard: the scrape job (default: the prefix, else compozy)',
      actions: ['rules', 'dashboard'],
    },
    markdown: { doc: 'list: a Markdown table', actions: ['list'] },
  },
  details: `
check reads a running endpoint in all its formats (text, OpenMetrics, protobuf), a file, or standard input (-).
Errors: families that are missing, unknown or of the wrong kind; undeclared labels and values; names that break the
conventions of Prometheus; invalid histograms and counters; too many series; a process that does not run. Custom
metrics must follow the same conventions. Warnings: losses that monitoring reports about itself.
Exit code 0: no errors. 1: errors, or no answer. 2: bad input, such as a text that is not an exposition, with line and
column, or in protobuf the byte. With --json: one {"event":"finding",…} per line, then {"event":"checked","ok":…}.
With --prefix, it checks an application that uses compozy/monitoring: only its uptime must be there.

rules prints Prometheus alert rules for a project. Their thresholds fit the buckets that it sets. With --prefix, it
prints those for an application that uses compozy/monitoring. dashboard prints a Grafana dashboard: overview,
workflows or runtime. With --job, the rules select that scrape job, and the dashboard opens with it.

  compozy metrics check http://127.0.0.1:8080/metrics
  compozy metrics check scrape.txt --core
  curl -s http://127.0.0.1:8080/metrics | compozy metrics check -
  compozy metrics check http://127.0.0.1:9464/metrics --prefix shop
  compozy metrics list --json
  compozy metrics rules --cwd DIR > compozy-rules.yml
  compozy metrics rules --cwd DIR --job shop-staging > shop-staging-rules.yml
  compozy metrics rules --prefix shop > shop-rules.yml
  compozy metrics dashboard overview --prefix shop > shop-overview.json`,
  async run(context) {
    const [action, source] = context.flags.positionals
    if (action !== undefined && actions.includes(action))
      requireObeyed('metrics', action, metrics.flags, context.flags)
    if (action === 'list' && source === undefined) return list(context)
    if (action === 'rules' && source === undefined)
      return (await import('../metrics/metrics-rules.ts')).printRules(context)
    if (action === 'dashboard' && source !== undefined)
      return (await import('../metrics/metrics-rules.ts')).printDashboard(source, context)
    if (action === 'check' && source !== undefined)
      return (await import('../metrics/metrics-check.ts')).checkMetrics(source, context)
    const message =
      action === 'check'
        ? 'metrics check needs a URL, a file or -'
        : 'metrics needs check URL, list, rules, or dashboard NAME'
    throw new CompozyError('usage_invalid', `${message}\nTry: compozy metrics --help`)
  },
}
