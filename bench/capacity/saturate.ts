import { setTimeout as pause } from 'node:timers/promises'
import { components, type Component, type Deployment } from './deployment.ts'
import { busiestThreadMs, type Usage } from './usage.ts'

/** What a deployment did in one slice of time while it always had enough to do. */
export interface Slice {
  readonly runsPerSecond: number
  /** CPU per run, ms: of each component's processes, of its busiest thread, of tool processes. */
  readonly cpuMs: Readonly<Record<Component | 'tools', number>>
  readonly threadMs: Readonly<Record<Component, number>>
  /** Resident memory at the end, MB. */
  readonly rssMb: Readonly<Record<Component | 'tools', number>>
}

/** Options of {@link saturate}. */
export interface SaturateOptions {
  readonly workflow: string
  /** Runs that are open at a time. */
  readonly open: number
  readonly warmingSeconds: number
  readonly slices: number
  readonly sliceSeconds: number
  readonly progress: (share: number) => void
}

/** What {@link saturate} found. */
export interface Saturation {
  readonly slices: readonly Slice[]
  /** Runs started, all of them completed at the end. */
  readonly started: number
  readonly completed: number
}

/** How often the load looks how many runs have completed, ms. */
const lookEveryMs = 250
/** The longest that a slice may take, ms. */
const sliceWithinMs = 120_000
/** Starts under way at a time. */
const startsAtOnce = 8

interface Reading {
  readonly at: number
  readonly completed: number
  readonly usage: Readonly<Record<Component, Usage>>
}

function sliceOf(before: Reading, after: Reading): Slice {
  const runs = after.completed - before.completed
  const each = <K extends string>(names: readonly K[], of: (name: K) => number) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, number>
  const { usage: was } = before
  const { usage: is } = after
  return {
    runsPerSecond: (runs * 1_000) / (after.at - before.at),
    cpuMs: {
      ...each(components, (name) => (is[name].cpuMs - was[name].cpuMs) / runs),
      tools: (is.worker.childrenCpuMs - was.worker.childrenCpuMs) / runs,
    },
    threadMs: each(components, (name) => busiestThreadMs(was[name], is[name]) / runs),
    rssMb: {
      ...each(components, (name) => is[name].rssMb),
      tools: is.worker.childrenRssMb,
    },
  }
}

/** Keeps so many runs open all the time, measures, and waits for the last one to end. */
export async function saturate(
  deployment: Deployment,
  options: SaturateOptions,
): Promise<Saturation> {
  const { workflow, open, warmingSeconds, slices: count, sliceSeconds, progress } = options
  const state = { started: 0, completed: 0, isOver: false }

  const look = async (): Promise<void> => {
    state.completed = await deployment.countCompleted(workflow)
  }
  const read = async (): Promise<Reading> => {
    await look()
    return { at: performance.now(), completed: state.completed, usage: deployment.usage() }
  }
  const lane = async (): Promise<void> => {
    while (!state.isOver) {
      if (state.started - state.completed >= open) await pause(10)
      else {
        state.started++
        await deployment.start(workflow)
      }
    }
  }
  const lookOn = async (): Promise<void> => {
    while (!state.isOver) {
      await pause(lookEveryMs)
      await look()
    }
  }
  const load = Promise.all([lookOn(), ...Array.from({ length: startsAtOnce }, lane)])

  const slices: Slice[] = []
  /** As many runs as are open at a time make a slice whole: they complete in waves. */
  const passSlice = async (seconds: number, from: number): Promise<Reading> => {
    const giveUpAt = performance.now() + sliceWithinMs
    await pause(seconds * 1_000)
    while (state.completed - from < open) {
      if (performance.now() > giveUpAt) throw new Error(`${workflow} completes too few runs`)
      await pause(lookEveryMs)
    }
    return read()
  }
  const measure = async (): Promise<void> => {
    let before = await passSlice(warmingSeconds, 0)
    for (let i = 0; i < count; i++) {
      const after = await passSlice(sliceSeconds, before.completed)
      slices.push(sliceOf(before, after))
      before = after
      progress((i + 1) / count)
    }
  }
  try {
    // A load that fails ends it at once, with its own reason.
    await Promise.race([measure(), load.then(() => undefined)])
  } finally {
    state.isOver = true
  }
  await load
  const giveUpAt = performance.now() + 60_000
  while (state.completed < state.started && performance.now() < giveUpAt) {
    await pause(lookEveryMs)
    await look()
  }
  return { slices, started: state.started, completed: state.completed }
}
