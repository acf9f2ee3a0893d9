/**
 * `npm run bench:series [-- CHECKOUT…]`: starts `compozy dev` of each built checkout with 10, 100
 * and 500 workflows and prints, as a table, the series of one process right after its start.
 * Default: this checkout. What a commit does not have is a dash.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { contentTypes } from '../engine/infra/monitoring/exposition/format.ts'
import { eventually } from '../test/support/compozy.ts'
import { startFleetEngine } from './fleet/engine.ts'

const sizes = [10, 100, 500] as const
const modes = [
  { idle: 'all', histograms: 'classic' },
  { idle: 'all', histograms: 'native' },
  { idle: 'core', histograms: 'classic' },
  { idle: 'core', histograms: 'native' },
] as const
type Mode = (typeof modes)[number]

const textOf = async (metrics: string): Promise<string> => (await fetch(metrics)).text()

/** Series of the text, once Temporal has told all statuses, of other workflows too. */
async function seriesOf(metrics: string, workflows: number, { idle }: Mode): Promise<number> {
  const statuses = 6 * (idle === 'all' ? workflows + 1 : 1)
  const text = await eventually(
    () => textOf(metrics),
    (found) => found.split('compozy_temporal_workflow_executions{').length > statuses,
    { timeoutMs: 400_000, everyMs: 1_000 },
  )
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}

/** Bounds, sums and counts that a native histogram does without. */
async function classicPartsOf(metrics: string): Promise<number> {
  const text = await textOf(metrics)
  const histograms = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name!)
  return text
    .split('\n')
    .filter((line) =>
      histograms.some((name) => new RegExp(`^${name}_(?:bucket|sum)[{ ]`).test(line)),
    ).length
}

/** Reports whether a commit has the settings of a mode. */
async function speaks(metrics: string, { idle, histograms }: Mode): Promise<boolean> {
  const answer = await fetch(metrics, { headers: { accept: contentTypes.protobuf } })
  if (histograms === 'native' && !answer.headers.get('content-type')?.includes('protobuf'))
    return false
  return idle === 'all' || !(await textOf(metrics)).includes('closed_total{workflow_type="workflow')
}

async function measure(checkout: string, workflows: number, mode: Mode): Promise<string> {
  const env = { MONITORING_HISTOGRAMS: mode.histograms, MONITORING_IDLE_SERIES: mode.idle }
  const { metrics, stop } = await startFleetEngine({ checkout, workflows, env })
  try {
    if (!(await speaks(metrics, mode))) return '–'
    const series = await seriesOf(metrics, workflows, mode)
    // The text of a native histogram shows its classic form.
    const classic = mode.histograms === 'native' ? await classicPartsOf(metrics) : 0
    return String(series - classic)
  } finally {
    await stop()
  }
}

const checkouts = process.argv.length > 2 ? process.argv.slice(2) : ['.']
console.log('| commit | idle series | histograms | 10 workflows | 100 | 500 |')
console.log('|---|---|---|---|---|---|')
for (const checkout of checkouts.map((each) => resolve(each)))
  for (const mode of modes) {
    const git = ['-C', checkout, 'rev-parse', '--short', 'HEAD']
    const commit = execFileSync('git', git, { encoding: 'utf8' }).trim()
    const cells: string[] = []
    for (const size of sizes) cells.push(await measure(checkout, size, mode))
    console.log(`| ${[commit, mode.idle, mode.histograms, ...cells].join(' | ')} |`)
  }
