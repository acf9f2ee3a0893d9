import { families, type Family } from '../../engine/infra/monitoring/catalogue.ts'

/** A deployment whose cost in Prometheus is computed. */
export interface FleetShape {
  readonly workflows: number
  readonly processes: number
  /** Workflows that run, in every process. */
  readonly active: number
}

/** The settings that the cost depends on. */
export interface CostSettings {
  readonly idleSeries: 'core' | 'all'
  readonly histograms: 'classic' | 'native'
}

/** Series of a process apart from its workflows and tools: routes, scrapes, workers, Temporal. */
const fixedSeries = 230

/** Seconds between two scrapes. */
export const scrapeSeconds = 15

/**
 * Bytes of a sample in a block of two hours, its share of the index included: 3.2, and 209 for each
 * series, measured on a busy machine (`bench/results/prometheus-cost.md`). Late scrapes make it
 * more; Prometheus itself speaks of 1 to 2.
 */
export const bytesPerSample = 3.6

const core: readonly Family[] = [
  families.workflowStarted,
  families.workflowCompleted,
  families.workflowFailed,
]
const ofOther: readonly Family[] = [
  families.workflowDuration,
  families.workflowClosed,
  families.workflowTaskFailures,
  families.workflowServerClosed,
]
const further: readonly Family[] = [...ofOther, families.taskExecutions]
/** In one process of the fleet. */
const reconciled: readonly Family[] = [families.workflowExecutions, families.workflowStuck]

/** Series of one workflow with one kind of task. */
function seriesOf(family: Family, histograms: CostSettings['histograms']): number {
  const sets = Object.values(family.labels).reduce(
    (product, label) => product * ('values' in label ? label.values.length : 1),
    1,
  )
  if (family.kind !== 'histogram') return sets
  return histograms === 'native' ? sets : sets * (family.buckets!.length + 3)
}

const sumOf = (of: readonly Family[], { histograms }: CostSettings): number =>
  of.reduce((sum, family) => sum + seriesOf(family, histograms), 0)

/** Returns the series of a workflow in each process. */
export function seriesPerWorkflow(settings: CostSettings): { idle: number; active: number } {
  const active = sumOf([...core, ...further], settings)
  return { active, idle: settings.idleSeries === 'all' ? active : sumOf(core, settings) }
}

/** Statuses that Temporal has runs in, of a workflow that is active: running and completed. */
const shownStatuses = 2

/** Returns the series that Prometheus keeps for a deployment. */
export function headSeries(
  { workflows, processes, active }: FleetShape,
  settings: CostSettings,
): number {
  const each = seriesPerWorkflow(settings)
  // Of `other`, which stands for every family while all workflows are idle.
  const others = settings.idleSeries === 'all' ? 0 : sumOf(ofOther, settings)
  const own = fixedSeries + others + active * each.active + (workflows - active) * each.idle
  const shared =
    settings.idleSeries === 'all' ? workflows * sumOf(reconciled, settings) : active * shownStatuses
  return processes * own + shared
}

/** Returns what the series cost: samples a second, and bytes a day on disk. */
export function costOf(series: number): { samplesPerSecond: number; bytesPerDay: number } {
  const samplesPerSecond = series / scrapeSeconds
  return { samplesPerSecond, bytesPerDay: samplesPerSecond * 86_400 * bytesPerSample }
}

const digits = (value: number): string =>
  Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',')
const megabytes = (bytes: number): string =>
  bytes < 1e7 ? (bytes / 1e6).toFixed(1) : digits(bytes / 1e6)

/** Active workflows of every deployment in the table. */
export const activeWorkflows = 10

/** Returns the table of docs/operate/capacity.md. */
export function costTable(): string {
  const shapes = [10, 100, 1_000].flatMap((workflows) =>
    [1, 10, 100].map((processes) => ({ workflows, processes, active: activeWorkflows })),
  )
  const rows = shapes.map((shape) => {
    const series = headSeries(shape, { idleSeries: 'core', histograms: 'classic' })
    const { samplesPerSecond, bytesPerDay } = costOf(series)
    const all = headSeries(shape, { idleSeries: 'all', histograms: 'classic' })
    const native = headSeries(shape, { idleSeries: 'core', histograms: 'native' })
    return [
      digits(shape.workflows),
      digits(shape.processes),
      digits(series),
      digits(samplesPerSecond),
      megabytes(bytesPerDay),
      digits(native),
      digits(all),
      megabytes(costOf(all).bytesPerDay),
    ]
  })
  const head = [
    'workflows',
    'processes',
    'head series',
    'samples/s',
    'MB/day',
    'series, `native`',
    'series, idle `all`',
    'MB/day, idle `all`',
  ]
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
