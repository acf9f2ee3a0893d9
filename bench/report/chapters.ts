import { growthPlot, intervalPlot, type Row } from '../plot.ts'
import type { Result } from './result.ts'
import { verdict } from './verdicts.ts'

/** Adds a picture to the page and returns the line that shows it. */
export type AddPlot = (name: string, alt: string, svg: string) => string

function rowsOf({ figures }: Result, names: Readonly<Record<string, string>>, ours: string): Row[] {
  return Object.entries(names).flatMap(([name, label]) => {
    const figure = figures[name]
    return figure === undefined ? [] : [{ label, figure, ours: name === ours }]
  })
}

/** How workers are compared: `worker-comparison.ts`. */
const launchesOf = (rounds: string): string =>
  `Each of eight launches has two
processes of each kind, started in the order off, on, hand-written and back, and ${rounds} rounds. A figure is that of the launches: the CPU of
one program differs by a tenth from process to process, which no number of rounds would show.`

/** What stands above the figures of each scenario; in this order. */
export const chapters: Readonly<Record<string, (result: Result, plot: AddPlot) => string>> = {
  record: (result, plot) => {
    const rows = rowsOf(
      result,
      {
        http_request_ns: 'Compozy',
        http_request_promclient_ns: 'prom-client',
        http_request_otel_ns: 'OpenTelemetry JS',
      },
      'http_request_ns',
    )
    return `Recording one finished request: three families and two clock reads. It allocates nothing: the clock returns whole numbers, and the slots exist.

${plot('record', 'Nanoseconds to record one request', intervalPlot('Recording one finished HTTP request (log scale)', rows, { log: true }))}`
  },
  scrape: (result, plot) => {
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
    return `Collecting and writing. During the longest stall nothing else can run. The bound at 10,000 lines is 3 ms; the aim is 3 ms at any size.
\`noise_…\` is the longest stall of as long a time in which nothing happens: that of the machine. \`fleet_…\`: processes with 100, 500 and
1,000 workflows of which ten are active, scraped as Prometheus does (OpenMetrics, gzip); \`core\` is the default of
\`monitoring.idle_series\`.

${plot('scrape', 'Time of a scrape by its size', svg)}`
  },
  'http-cpu': (result, plot) => {
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
    return `CPU of a server that answers a trivial route as fast as it can. In a real engine a request costs more, so the same microsecond is a
smaller share of it.

${plot('http-cpu', 'CPU per request at saturation, compared with no monitoring', intervalPlot('CPU per request at saturation, compared with no monitoring', rows, { limit: 4 }))}`
  },
  'http-ablation': (result, plot) => {
    const rows = rowsOf(
      result,
      {
        listener_pct: 'a closure on close',
        with_clock_pct: '… and the clock twice',
        with_duration_pct: '… and in flight, duration',
        with_status_pct: '… and the counter by status',
        monitoring_on_pct: 'Compozy',
      },
      'monitoring_on_pct',
    )
    return `The same trivial route with the parts of monitoring added one by one, each in a server of its own. The floor of a duration is
\`with_clock_pct\`: something must run when the response closes, and the clock be read twice. \`…_alone_pct\`: what a part adds to those before.

${plot('http-ablation', 'CPU of a trivial request with the parts of monitoring', intervalPlot('CPU of a trivial request with the parts of monitoring, %', rows))}`
  },
  'http-latency': (result, plot) => {
    const rows = rowsOf(
      result,
      { control_shift_pct_of_p95: 'control (off against off)', shift_pct_of_p95: 'Compozy' },
      'shift_pct_of_p95',
    )
    const shift = result.figures['shift_pct_of_p95']!
    return `How far monitoring shifts the latency distribution, in percent of the p95 without monitoring. The limit is 0.5 %:
**${verdict(shift, 0.5)}**.

${plot('http-latency', 'Shift of the latency at 1,000 requests a second', intervalPlot('Shift of latency at 1,000 requests a second, % of p95', rows, { limit: 0.5 }))}`
  },
  'verdict-latency': () =>
    'Engines with and without monitoring in one process take turns of ten requests at 1,000 a second; every arm gets the same requests.',
  'verdict-cpu': () =>
    `Two engines with monitoring and two without, in one process, take turns with one kind of request after the other, as fast as they can. The differences are
\`workflows_us\` (their list), \`workflow_us\` (one of them), \`tools_us\`, \`health_us\`, and \`runs_us\` and \`start_us\`, which call Temporal;
\`requests_us\` is their mean by the weights of the mix. A scrape is counted as its share of 15,000 requests. \`background_us_per_s\` is what
monitoring does by itself in a second, in a process that answers 1,000 requests a second: the background of 40 engines is switched on and
off, and the difference divided by 40. Their sum is compared with \`paced_us\`, the CPU of a request without monitoring at 1,000 a second.
\`cpu_requests_pct\` is the part of the requests.`,
  'verdict-memory': () =>
    `Resident memory of whole engines, API and workers, each launched anew, after 20,000 requests. \`held\` is what is left once all threads have
collected their garbage, and the verdict. \`loaded\` is what the engine has while it still answers: most of what it is above \`held\` is garbage,
and how much of it V8 lets lie differs more from launch to launch than monitoring costs. A run of 45 launches that knew \`loaded\` alone, on
a slower machine, said 2.97 % [2.41, 3.52].`,
  prd: (result, plot) => {
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
    return `The specified load profile: 1,000 mixed requests a second on a whole engine with a real Temporal server, scraped every 15 s. Engines with
and without monitoring run in turn, one at a time. The generator and Temporal share the two cores with the engine. The control is a
second engine without monitoring; it shows how much two equal engines differ. Two processes never run alike: the verdicts above come from
measurements that resolve, and this one shows the whole.

${plot('prd', 'Overhead under the specified load', intervalPlot('Overhead under the specified load, %', rows))}

Sign-off: \`npm run bench -- prd\` wrote the figures above. If you repeat it, add the date, the machine and the result here. The often
named generator \`ghz\` speaks only gRPC. The generator here is open-loop: it sends at a constant rate and measures from the intended send.`
  },
  workflow: (result, plot) => {
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
    return `CPU of the worker per run, compared with a hand-written workflow that calls the same tool as often. \`_1\`, \`_10\` and \`_100\` are the numbers
of tasks, with four runs at a time. \`_1_alone\` has one run at a time, \`_1_by_16\` sixteen. ${launchesOf('two')}

${plot('workflow', 'CPU of a worker for one run', intervalPlot('CPU of a worker for one run', rows))}`
  },
  memory: (result, plot) => {
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
    return `Heap and resident memory of a trivial server after an hour's requests, and the bytes of one more series. The growth compares the first
tenth of the requests with the last.

${plot('memory', 'Bytes of a series', intervalPlot('Bytes that one series holds', rows))}`
  },
  'five-minutes': ({ figures, raw }) => {
    const pieces = ['off', 'classic', 'native', 'off_again']
    const failed = pieces.reduce((sum, piece) => sum + figures[`${piece}_failed`]!.value, 0)
    const p95 = ['off', 'off_again'].flatMap((piece) => raw[`${piece}_p95`] ?? [])
    const [least, most] = [Math.min(...p95), Math.max(...p95)].map((ms) => ms.toFixed(0))
    return `Whole engines under the specified load for five minutes without a pause, each launched once. Requests that failed: ${failed}. A figure is that
of the 20 windows of 15 s. \`_s\` is the time until the last answer: more than 300 s means that the machine fell behind, and the latencies are
those of a queue. The pieces follow each other, so they do not tell what monitoring costs: on these two cores, shared with Temporal and the load, the
p95 of a window without monitoring goes from ${least} to ${most} ms, and CPU follows it. The verdicts take turns within seconds instead.`
  },
  collection: () =>
    `A collection of 500 tool calls, compared with \`Promise.all\` over the same calls in a hand-written workflow. ${launchesOf('six')}`,
  'open-runs': () =>
    'What a run that waits for a signal holds in a worker after a garbage collection, compared with a hand-written workflow that waits for the\nsame: growth of the resident memory, of the heap of the workflow thread and of the main heap, divided by the open runs. The last part of a\nname is how many are open.',
  tool: () => 'A tool call, from the worker to the Deno process and back.',
  validation: () =>
    'Time to load a project in a process that runs already: a workflow of 150 and of 600 tasks, and the share of the YAML parser.',
  cli: () =>
    'Time of a command from its start to its end, also as a ratio to `node -e 0`. The projects of `validate` call a tool in each task. The 500\nworkflows have four tasks each.',
  startup: () =>
    'Time until `dev` answers. The Temporal CLI is already downloaded. `hundred_workflows_s` has 100 workflows of four tasks and starts on an\nexisting database.',
  watching: () =>
    'A collection of 10,000 tool calls in `compozy dev`, with ten GETs a second and ten streams of events, and with nobody who watches.',
}
