import { integerSetting, type SettingValues } from '../core/setting.ts'

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
    doc: 'Workflow tasks and tool calls that one worker takes at the same time, each',
    fallback: 100,
    min: 2,
    max: 2_000,
  }),
} as const

/** The parsed slice of {@link workerSettings}. */
export type WorkerConfig = SettingValues<typeof workerSettings>
