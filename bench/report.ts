/** `npm run bench:report`: docs/reference/performance.md and its plots, from the committed results alone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from './root.ts'
import { growthPlot, intervalPlot, type Row } from './plot.ts'
import type { Figure } from './statistics.ts'

interface Result {
  readonly scenario: string
  readonly valid: boolean
  readonly quick: boolean
  readonly figures: Readonly<Record<string, Figure>>
  readonly machine: { readonly cpus: number; readonly model: string; readonly memory_bytes: number }
  readonly versions: { readonly node: string }
}

function read(name: string): Result | undefined {
  const file = resolve(root, 'bench/results', `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : undefined
}

const number = (value: number): string =>
  Math.abs(value) >= 1_000 ? value.toFixed(0) : value.toPrecision(3)
const show = ({ value, unit, low, high }: Figure): string =>
  `${number(value)} ${unit} | [${number(low)}, ${number(high)}]`

/** What a limit says of a figure: its whole interval decides. */
export function verdict({ low, high }: Figure, limit: number): string {
  if (high <= limit) return 'met'
  if (low > limit) return 'not met'
  return `not resolved (the interval is ${number((high - low) / 2)} wide to each side)`
}

function table({ figures }: Result): string {
  const rows = Object.entries(figures).map(([name, figure]) => `| \`${name}\` | ${show(figure)} |`)
  return ['| figure | value | 95 % interval |', '|---|---|---|', ...rows].join('\n')
}

const plots = new Map<string, string>()

function rowsOf({ figures }: Result, names: Readonly<Record<string, string>>, ours: string): Row[] {
  return Object.entries(names).flatMap(([name, label]) => {
    const figure = figures[name]
    return figure === undefined ? [] : [{ label, figure, ours: name === ours }]
  })
}

function plot(name: string, alt: string, svg: string): string {
  plots.set(name, svg)
  return `![${alt}](performance/${name}.svg)`
}

const chapters: Readonly<Record<string, (result: Result) => string>> = {
  record: (result) => {
    const rows = rowsOf(
      result,
      {
        http_request_ns: 'Compozy',
        http_request_promclient_ns: 'prom-client',
        http_request_otel_ns: 'OpenTelemetry JS',
      },
      'http_request_ns',
    )
    return `One finished request recorded: three families, both clock reads. Nothing is allocated: the clock is read as whole numbers, and the slots are there.

${plot('record', 'Nanoseconds to record one request', intervalPlot('Recording one finished HTTP request (log scale)', rows, { log: true }))}`
  },
  scrape: (result) => {
    const sizes = [100, 1_000, 10_000, 100_000]
    const line = (label: string, prefix: string, ours = false) => ({
      label,
      ours,
      points: sizes.flatMap((lines) => {
        const figure = result.figures[`${prefix}${lines}`]
        return figure === undefined ? [] : [{ x: lines, y: figure.value }]
      }),
    })
    const svg = growthPlot('Time of a scrape by its size', 'ms', [
      line('Compozy', 'ms_', true),
      line('longest stall', 'stall_ms_', true),
      line('prom-client', 'prom_client_ms_'),
      line('OpenTelemetry JS', 'otel_ms_'),
    ])
    return `Collecting and writing; the longest stall is how long nothing else could run. The bound at 10,000 lines is 3 ms.

${plot('scrape', 'Time of a scrape by its size', svg)}`
  },
  'http-cpu': (result) => {
    const rows = rowsOf(
      result,
      {
        monitoring_on_pct: 'Compozy',
        prom_client_pct: 'prom-client in hooks',
        otel_pct: 'OpenTelemetry JS in hooks',
        fastify_metrics_pct: 'fastify-metrics',
      },
      'monitoring_on_pct',
    )
    return `CPU of a server that does nothing but answer a trivial route, as fast as it can. In a real engine a request costs more, and the same
microsecond is a smaller share of it.

${plot('http-cpu', 'CPU per request at saturation, over an unwatched server', intervalPlot('CPU per request at saturation, over an unwatched server', rows, { limit: 4 }))}`
  },
  'http-latency': (result) => {
    const rows = rowsOf(
      result,
      { control_shift_pct_of_p95: 'control (off against off)', shift_pct_of_p95: 'Compozy' },
      'shift_pct_of_p95',
    )
    const shift = result.figures['shift_pct_of_p95']!
    return `How far watching moves the body of the latency distribution, as a share of the unwatched p95. The requirement allows 0.5 %:
**${verdict(shift, 0.5)}**.

${plot('http-latency', 'Shift of the latency at 1,000 requests a second', intervalPlot('Shift of latency at 1,000 requests a second, % of p95', rows, { limit: 0.5 }))}`
  },
  prd: (result) => {
    const rows = rowsOf(
      result,
      {
        p95_overhead_pct: 'p95',
        control_p95_pct: 'p95, control',
        cpu_overhead_pct: 'CPU',
        control_cpu_pct: 'CPU, control',
        rss_overhead_pct: 'memory',
        control_rss_pct: 'memory, control',
      },
      '',
    )
    const of = (name: string): Figure => result.figures[name]!
    return `The requirement's own profile: 1,000 requests a second of a mixed load on a whole engine with a real Temporal server, scraped every
15 s, engines with and without monitoring started in turn, one at a time. Generator and Temporal share the two cores with the engine.
A control is a second engine without monitoring: what two equal engines differ by.

| criterion | limit | measured | verdict |
|---|---|---|---|
| p95 latency | 0.5 % | ${show(of('p95_overhead_pct')).replace(' | ', ' ')} | ${verdict(of('p95_overhead_pct'), 0.5)} |
| CPU | 2 % | ${show(of('cpu_overhead_pct')).replace(' | ', ' ')} | ${verdict(of('cpu_overhead_pct'), 2)} |
| memory | 2 % | ${show(of('rss_overhead_pct')).replace(' | ', ' ')} | ${verdict(of('rss_overhead_pct'), 2)} |

Two processes never run alike: where this says "not resolved", the measurement inside one process above is the sharper one.

${plot('prd', "Overhead in the requirement's profile", intervalPlot("Overhead in the requirement's profile, %", rows))}

Sign-off: the figures above are what \`npm run bench -- prd\` wrote; whoever repeats it signs here with date, machine and result. \`ghz\`, which
the requirement names, speaks gRPC only; the generator here is open-loop, at a constant rate, and takes latency from the intended send.`
  },
  workflow: (result) => {
    const rows = rowsOf(
      result,
      {
        on_cpu_ms_1: '1 task, monitored',
        off_cpu_ms_1: '1 task, not monitored',
        hand_written_cpu_ms_1: '1 task, by hand',
        on_cpu_ms_10: '10 tasks, monitored',
        off_cpu_ms_10: '10 tasks, not monitored',
        hand_written_cpu_ms_10: '10 tasks, by hand',
      },
      '',
    ).map((row) => ({ ...row, ours: row.label.endsWith(', monitored') }))
    return `CPU of the worker for one run, beside a workflow written by hand that calls the same tool as often: \`_1\`, \`_10\` and \`_100\` tasks
with four runs at a time, \`_1_alone\` and \`_1_by_16\` with one and sixteen.

${plot('workflow', 'CPU of a worker for one run', intervalPlot('CPU of a worker for one run', rows))}`
  },
  memory: (result) => {
    const rows = rowsOf(
      result,
      {
        counter_series_bytes: 'a counter',
        prom_client_counter_series_bytes: 'a counter, prom-client',
        histogram_series_bytes: 'a histogram',
        prom_client_histogram_series_bytes: 'a histogram, prom-client',
      },
      '',
    ).map((row) => ({ ...row, ours: !row.label.endsWith('prom-client') }))
    return `Heap and resident memory of a trivial server after an hour's requests, and the bytes that one more series holds. The growth is between
the first tenth of the requests and the last.

${plot('memory', 'Bytes of a series', intervalPlot('Bytes that one series holds', rows))}`
  },
  collection: () =>
    'A collection of 500 items, each a call of a tool, beside `Promise.all` over the same 500 calls in a workflow written by hand.',
  tool: () => 'A call of a tool, from the worker to the Deno process and back.',
  startup: () => '`dev` until everything answers, the Temporal program fetched before.',
}

const parts: string[] = []
for (const [name, chapter] of Object.entries(chapters)) {
  const result = read(name)
  if (result === undefined) continue
  const validity = [
    ...(result.valid
      ? []
      : ['\n\n**Not valid**: the control of this run excludes 1; the machine was too restless.']),
    ...(result.quick ? ['\n\nA quick run.'] : []),
  ].join('')
  parts.push(`## ${name}\n\n${chapter(result)}${validity}\n\n${table(result)}`)
}
const { machine, versions } = read('record')!
const page = `# What watching costs

Generated by \`npm run bench:report\` from \`bench/results/\`; the raw rounds are there. Measured on ${machine.cpus} shared cores
(${machine.model}), ${Math.round(machine.memory_bytes / 2 ** 30)} GiB, Node.js ${versions.node}. Every figure is a trimmed mean with its bootstrap interval; every run has a
control, the same thing measured against itself, and is not valid where that excludes 1. How to repeat each: [bench](../../bench/README.md).

${parts.join('\n\n')}
`
const folder = resolve(root, 'docs/reference')
mkdirSync(resolve(folder, 'performance'), { recursive: true })
for (const [name, svg] of plots) writeFileSync(resolve(folder, 'performance', `${name}.svg`), svg)
writeFileSync(resolve(folder, 'performance.md'), page)
console.log(`docs/reference/performance.md, ${plots.size} plots`)
