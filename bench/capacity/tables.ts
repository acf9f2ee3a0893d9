import type { Figure } from '../statistics.ts'

/** The parts of a result of `capacity` that the page shows. */
export interface CapacityResult {
  readonly quick: boolean
  readonly valid: boolean
  readonly figures: Readonly<Record<string, Figure>>
  readonly machine: { readonly cpus: number; readonly model?: string }
}

const sizes = ['1', '10', '100'] as const
const rates = [10, 100, 1_000] as const
const workerCounts = [1, 2, 4] as const
/** Share of its limit that a process is planned for: the rest is for peaks and restarts. */
const plannedShare = 0.6

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)))
const withInterval = ({ value, low, high }: Figure): string =>
  `${number(value)} [${number(low)}, ${number(high)}]`

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n')
}

/** Writes the tables of docs/operate/capacity.md from a result. */
export function capacityTables({ figures, quick, valid, machine }: CapacityResult): string {
  const figure = (name: string): Figure => {
    const found = figures[name]
    if (found === undefined) throw new Error(`the result of capacity has no ${name}`)
    return found
  }
  const value = (name: string): number => figure(name).value
  const shown = (name: string): string => number(value(name))

  const costs = table(
    ['tasks', 'runs/s', 'API', 'worker', 'tools', 'Temporal', 'events', 'kB of history'],
    sizes.map((size) => [
      size,
      withInterval(figure(`runs_per_second_${size}`)),
      ...['api', 'worker', 'tools', 'temporal'].map((part) =>
        withInterval(figure(`${part}_cpu_ms_${size}`)),
      ),
      shown(`history_events_${size}`),
      number(value(`history_bytes_${size}`) / 1_024),
    ]),
  )
  const memory = table(
    ['tasks', 'API', 'worker', 'its tool processes', 'Temporal'],
    sizes.map((size) => [
      size,
      ...['api', 'worker', 'tools', 'temporal'].map((part) => shown(`${part}_rss_mb_${size}`)),
    ]),
  )
  const apiLimit = (size: string): number => 1_000 / value(`api_thread_ms_${size}`)
  const workerLimit = (size: string): number => 1_000 / value(`worker_thread_ms_${size}`)
  const limits = table(
    ['tasks', 'one API process', 'one worker process', 'Temporal, for each core'],
    sizes.map((size) => [
      size,
      number(apiLimit(size)),
      number(workerLimit(size)),
      number(1_000 / value(`temporal_cpu_ms_${size}`)),
    ]),
  )
  const counts = (name: string): string =>
    ['started', 'scraped', 'listed'].map((part) => value(`${part}_${name}`)).join(' = ')
  const scaleOut = table(
    ['workers', 'waiting: runs/s', 'started = scraped = listed', 'computing: runs/s', 'counts'],
    workerCounts.map((workers) => [
      String(workers),
      withInterval(figure(`runs_per_second_waiting_${workers}`)),
      counts(`waiting_${workers}`),
      withInterval(figure(`runs_per_second_computing_${workers}`)),
      counts(`computing_${workers}`),
    ]),
  )
  const processes = (rate: number, limit: number): number =>
    Math.ceil(rate / (limit * plannedShare))
  const plan = table(
    [
      'runs/s',
      'tasks',
      'API processes',
      'worker processes',
      'their cores',
      'GB',
      'Temporal',
      'events/s',
    ],
    rates.flatMap((rate) =>
      sizes.map((size) => {
        const workers = processes(rate, workerLimit(size))
        const cores =
          (rate * (value(`worker_cpu_ms_${size}`) + value(`tools_cpu_ms_${size}`))) / 1e3
        const megabytes = workers * (value(`worker_rss_mb_${size}`) + value(`tools_rss_mb_${size}`))
        return [
          number(rate),
          size,
          String(processes(rate, apiLimit(size))),
          String(workers),
          number(cores / plannedShare),
          number(megabytes / 1_024),
          `${number((rate * value(`temporal_cpu_ms_${size}`)) / 1e3 / plannedShare)} cores`,
          number(rate * value(`history_events_${size}`)),
        ]
      }),
    ),
  )
  const notes = [
    ...(quick ? ['A quick run: the intervals are wide.'] : []),
    ...(valid ? [] : ['**Not valid**: the rate changed while it was measured.']),
  ].join(' ')
  return `**Measured** on ${machine.cpus} shared cores that Temporal, API, worker, tools and load have together, as fast as they go. CPU in ms a run; brackets are 95 % intervals.${notes === '' ? '' : ` ${notes}`}

${costs}

**Measured**: resident memory in MB during that load.

${memory}

The limits are **extrapolated** from the busiest thread of each process: the runs a second at which that thread would need a whole core. The API serves
starts alone here. Temporal is the development server on SQLite; a cluster of your own has other limits.

${limits}

More worker processes on one Temporal, **measured**. *Waiting* runs call a tool that waits half a second; each worker has four tool processes, so
eight a second is the most. *Computing* runs have ten tasks. The workers share the second core, everything else the first: computing runs
show that Temporal's core is full, not how far workers go. Each run was counted once: started, completed in the sum of all scrapes, and
completed as Temporal lists them.

${scaleOut}

Your rate is **extrapolated**, with every process at ${plannedShare * 100} % of its limit. Cores are those of workers and their tools; tools that compute need more.
Temporal's column is the development server's CPU; its own documentation sizes a cluster by events a second.

${plan}`
}

const begin = '<!-- From bench/results/capacity.json, by npm run bench:report -->'
const end = '<!-- end -->'

/** Puts the tables into the page, in place of those that it has. */
export function withCapacityTables(page: string, result: CapacityResult): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) throw new Error(`docs/operate/capacity.md has no "${begin}"`)
  return `${page.slice(0, from)}${begin}\n\n${capacityTables(result)}\n\n${page.slice(to)}`
}
