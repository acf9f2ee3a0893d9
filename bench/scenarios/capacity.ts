import { components, startDeployment, type DeploymentOptions } from '../capacity/deployment.ts'
import {
  saturate,
  type SaturateOptions,
  type Saturation,
  type Slice,
} from '../capacity/saturate.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, type Figure } from '../statistics.ts'

interface Load {
  /** Ends the names of its figures. */
  readonly name: string
  readonly workflow: string
  /** Runs that are open at a time: enough that none of the processes waits for work. */
  readonly open: number
  readonly deployment: DeploymentOptions
}

/** Runs of three sizes on one worker process. */
const sizes: readonly Load[] = [
  { name: '1', workflow: 'one', open: 48, deployment: { workers: 1 } },
  { name: '10', workflow: 'ten', open: 24, deployment: { workers: 1 } },
  { name: '100', workflow: 'hundred', open: 8, deployment: { workers: 1 } },
]

/**
 * More worker processes on one Temporal: where calls wait for something else, so that a worker is
 * short of tool processes, and where they compute, so that this machine is short of cores.
 */
const scaleOuts: readonly Load[] = [1, 2, 4].flatMap((workers) => {
  const deployment = { workers, isPinned: true }
  return [
    { name: `waiting_${workers}`, workflow: 'nap', open: 16 * workers, deployment },
    { name: `computing_${workers}`, workflow: 'ten', open: 24, deployment },
  ]
})

const durations = {
  full: { warmingSeconds: 12, slices: 6, sliceSeconds: 4 },
  quick: { warmingSeconds: 2, slices: 3, sliceSeconds: 2 },
} as const

type Figures = Record<string, Figure>

/** How many figures of a load are exact: what the scrapes counted, beside what Temporal lists. */
interface Count {
  readonly started: number
  readonly scraped: number
  readonly listed: number
}

/** What a load found. */
interface Found extends Saturation {
  readonly count: Count
  readonly history: { readonly events: number; readonly bytes: number }
}

async function put(load: Load, options: Omit<SaturateOptions, 'workflow' | 'open'>) {
  const { workflow, open } = load
  const deployment = await startDeployment(load.deployment)
  try {
    const saturation = await saturate(deployment, { ...options, workflow, open })
    const { started, completed: scraped } = saturation
    const listed = await deployment.listCompleted(workflow, started)
    const history = await deployment.historyOf(workflow)
    return { ...saturation, count: { started, scraped, listed }, history } satisfies Found
  } finally {
    await deployment.stop()
  }
}

/** A number that was counted, not estimated. */
const counted = (value: number, unit: string): Figure => ({ value, unit, low: value, high: value })

function figuresOf({ name }: Load, { slices, count, history }: Found, random: () => number) {
  const of = (read: (slice: Slice) => number, unit: string): Figure =>
    estimate(slices.map(read), unit, random)
  const figures: Figures = { [`runs_per_second_${name}`]: of((s) => s.runsPerSecond, '1/s') }
  for (const part of [...components, 'tools'] as const) {
    figures[`${part}_cpu_ms_${name}`] = of((s) => s.cpuMs[part], 'ms')
    figures[`${part}_rss_mb_${name}`] = of((s) => s.rssMb[part], 'MB')
  }
  for (const part of components)
    figures[`${part}_thread_ms_${name}`] = of((s) => s.threadMs[part], 'ms')
  figures[`started_${name}`] = counted(count.started, 'runs')
  figures[`scraped_${name}`] = counted(count.scraped, 'runs')
  figures[`listed_${name}`] = counted(count.listed, 'runs')
  figures[`history_events_${name}`] = counted(history.events, 'events')
  figures[`history_bytes_${name}`] = counted(history.bytes, 'bytes')
  return figures
}

/** The same load earlier and later: a machine that changes, or is not warm yet, tells here. */
function secondHalfVsFirst(slices: readonly Slice[]): number {
  const middle = slices.length / 2
  const sum = (part: readonly Slice[]): number =>
    part.reduce((total, { runsPerSecond }) => total + runsPerSecond, 0)
  return sum(slices.slice(Math.ceil(middle))) / sum(slices.slice(0, Math.floor(middle)))
}

/** What runs of three sizes cost each process, where it ends, and what more processes give. */
export const capacity: Scenario = {
  name: 'capacity',
  doc: 'runs a second, CPU and memory of API, worker and Temporal for runs of 1, 10 and 100 tasks, with 1, 2 and 4 workers',
  async run({ quick, random, progress }) {
    const loads = [...sizes, ...scaleOuts]
    const duration = durations[quick ? 'quick' : 'full']
    const figures: Figures = {}
    const raw: Record<string, number[]> = {}
    const controls: number[] = []
    for (const [index, load] of loads.entries()) {
      const found = await put(load, {
        ...duration,
        progress: (share) => progress((index + share) / loads.length),
      })
      Object.assign(figures, figuresOf(load, found, random))
      const { slices } = found
      raw[`runs_per_second_${load.name}`] = slices.map((slice) => slice.runsPerSecond)
      for (const part of [...components, 'tools'] as const)
        raw[`${part}_cpu_ms_${load.name}`] = slices.map((slice) => slice.cpuMs[part])
      controls.push(secondHalfVsFirst(slices))
    }
    return { figures, control: estimate(controls, 'ratio', random), raw }
  },
}
