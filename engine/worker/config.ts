import { integerSetting, type Setting, type SettingValues } from '../core/setting.ts'

const cachedRuns = integerSetting({
  yaml: 'worker.max_cached_runs',
  env: 'COMPOZY_WORKER_MAX_CACHED_RUNS',
  doc: 'Open runs that one worker keeps in memory, `auto` by the memory limit; others are replayed when they go on',
  fallback: 10,
  min: 2,
  max: 100_000,
})

/** A number of runs, or `auto`. */
const maxCachedRuns: Setting<number | 'auto'> = {
  ...cachedRuns,
  allowed: `auto or ${cachedRuns.allowed}`,
  fallback: 'auto',
  read: (raw) => (raw === 'auto' ? 'auto' : cachedRuns.read(raw)),
}

/** Settings of the Temporal workers in this process. */
export const workerSettings = {
  count: integerSetting({
    yaml: 'worker.count',
    env: 'COMPOZY_WORKER_COUNT',
    flag: 'workers',
    doc: 'Temporal workers in this process, each on its own connection; 0 serves the API only',
    fallback: 1,
    min: 0,
    max: 64,
  }),
  maxConcurrentTasks: integerSetting({
    yaml: 'worker.max_concurrent_tasks',
    env: 'COMPOZY_WORKER_MAX_CONCURRENT_TASKS',
    doc: 'Workflow tasks that one worker takes at the same time, and as many tool calls, events, signals and starts of children',
    fallback: 100,
    min: 2,
    max: 2_000,
  }),
  maxCachedRuns,
} as const

/** The parsed slice of {@link workerSettings}. */
export type WorkerConfig = SettingValues<typeof workerSettings>
