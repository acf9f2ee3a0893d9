/**
 * `npm run bench:series [-- CHECKOUT…]`: starts `compozy dev` of each built checkout with 10, 100
 * and 500 workflows and prints, as a table, the series of one process right after its start.
 * Default: this checkout. Commits without native histograms get a dash there.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { eventually } from '../test/support/compozy.ts'

const sizes = [10, 100, 500] as const
const modes = ['classic', 'native'] as const
/** Temporal's answers come at once: the series are the same. */
const monitoring = { MONITORING_ENABLED: 'true', MONITORING_RECONCILE_BUDGET: '1000' }
const protobuf =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

function writeProject(workflows: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-series-'))
  mkdirSync(join(dir, 'workflows'))
  writeFileSync(
    join(dir, 'compozy.yaml'),
    'name: series\nworkflows: [{ source: ./workflows/*.yaml }]\n',
  )
  for (let i = 0; i < workflows; i++)
    writeFileSync(
      join(dir, `workflows/w${i}.yaml`),
      `id: workflow-${i}\ntasks: [{ id: wait, type: pause, duration: 1s }]\n`,
    )
  return dir
}

/** Address of the metrics, once the engine is ready. */
async function readyMetrics(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const event = JSON.parse(line) as { readonly metrics?: string }
    if (event.metrics !== undefined) return event.metrics
  }
  throw new Error('the engine ended before it was ready')
}

/** Series of the text, once Temporal has told all statuses, of other workflows too. */
async function seriesOf(metrics: string, workflows: number): Promise<number> {
  const text = await eventually(
    async () => (await fetch(metrics)).text(),
    (found) => found.split('compozy_temporal_workflow_executions{').length > 6 * (workflows + 1),
    { timeoutMs: 400_000, everyMs: 1_000 },
  )
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}

/** Bounds, sums and counts that a native histogram does without. */
async function classicPartsOf(metrics: string): Promise<number> {
  const text = await (await fetch(metrics)).text()
  const histograms = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name!)
  return text
    .split('\n')
    .filter((line) =>
      histograms.some((name) => new RegExp(`^${name}_(?:bucket|sum)[{ ]`).test(line)),
    ).length
}

async function measure(checkout: string, workflows: number, mode: (typeof modes)[number]) {
  const dir = writeProject(workflows)
  const args = ['dev', '--cwd', dir, '--port', '0', '--temporal-port', '0', '--json']
  const engine = spawn(process.execPath, [join(checkout, 'dist/cli/bin.js'), ...args], {
    env: { ...process.env, ...monitoring, MONITORING_HISTOGRAMS: mode },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const metrics = await readyMetrics(engine.stdout)
    const answer = await fetch(metrics, { headers: { accept: protobuf } })
    const speaksNative = answer.headers.get('content-type')?.includes('protobuf') === true
    if (mode === 'native' && !speaksNative) return '–'
    const series = await seriesOf(metrics, workflows)
    // The text of a native histogram shows its classic form.
    return String(mode === 'native' ? series - (await classicPartsOf(metrics)) : series)
  } finally {
    engine.kill('SIGTERM')
    await new Promise((done) => engine.once('close', done))
    rmSync(dir, { recursive: true, force: true })
  }
}

const checkouts = process.argv.length > 2 ? process.argv.slice(2) : ['.']
console.log('| commit | histograms | 10 workflows | 100 | 500 |\n|---|---|---|---|---|')
for (const checkout of checkouts.map((each) => resolve(each)))
  for (const mode of modes) {
    const git = ['-C', checkout, 'rev-parse', '--short', 'HEAD']
    const commit = execFileSync('git', git, { encoding: 'utf8' }).trim()
    const cells: string[] = []
    for (const size of sizes) cells.push(await measure(checkout, size, mode))
    console.log(`| ${[commit, mode, ...cells].join(' | ')} |`)
  }
