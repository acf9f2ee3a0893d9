import { CompozyError } from '../../engine/core/errors.ts'
import { allFamilies, type Family } from '../../engine/infra/monitoring/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { checkMetrics } from '../metrics-check.ts'
import { formatTable } from '../table.ts'

const labelText = ({ labels }: Family): string => Object.keys(labels).join(', ')

function list({ flags, terminal }: CommandContext): number {
  for (const family of allFamilies) terminal.emit({ event: 'family', ...family })
  const rows = allFamilies.map((family) => [
    family.name,
    family.kind,
    family.stability,
    labelText(family),
  ])
  if (flags.switches.has('markdown')) {
    const lines = allFamilies.map(
      (family) => `| \`${family.name}\` | ${family.kind} | ${labelText(family)} | ${family.help} |`,
    )
    terminal.print(
      ['| family | kind | labels | meaning |', '|---|---|---|---|', ...lines].join('\n'),
    )
  } else {
    for (const line of formatTable([['FAMILY', 'KIND', 'STABILITY', 'LABELS'], ...rows]))
      terminal.print(line)
  }
  return exitCodes.clean
}

/** `compozy metrics`. */
export const metrics: Command = {
  name: 'metrics',
  summary: 'Check what an endpoint exports against the catalogue, or list the catalogue',
  positionals: ['check|list', '[URL|FILE|-]'],
  flags: {
    prd: { doc: 'Check only the eleven families that every version has' },
    'max-series': {
      value: 'N',
      doc: 'Label sets of one family that are still sound (default: 2000)',
    },
    'token-file': { value: 'FILE', doc: 'Bearer token for the endpoint' },
    markdown: { doc: 'list: a Markdown table' },
  },
  details: `
check reads a running endpoint in both formats (text 0.0.4 and OpenMetrics 1.0), or a file, or standard input (-).
Errors are families that are missing, unknown or of another kind, labels and values that are not declared, names that
break Prometheus's rules, histograms and counters that contradict themselves, too many series, and a process that does
not run. Metrics of your own may be there and must obey the rules of names. Warnings are what monitoring says it lost.
Exit code 0: no error. 1: there are errors, or no answer. 2: bad input, such as a text that is no exposition; its line
and column are shown. With --json: one {"event":"finding",…} a line, then {"event":"checked","ok":…}.

  compozy metrics check http://127.0.0.1:8080/metrics
  compozy metrics check scrape.txt --prd
  curl -s http://127.0.0.1:8080/metrics | compozy metrics check -
  compozy metrics list --json`,
  async run(context) {
    const [action, source] = context.flags.positionals
    if (action === 'list' && source === undefined) return list(context)
    if (action === 'check' && source !== undefined) return checkMetrics(source, context)
    const message =
      action === 'check' ? 'metrics check needs a URL, a file or -' : 'metrics needs check or list'
    throw new CompozyError('usage_invalid', `${message}\nTry: compozy metrics --help`)
  },
}
