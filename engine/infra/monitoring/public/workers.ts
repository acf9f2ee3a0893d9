import type { WorkerCounts } from '../families/temporal.ts'

/** The part of a Temporal worker that monitoring reads. */
export interface MonitoredWorker {
  getState(): string
  readonly options: { readonly namespace?: string; readonly taskQueue?: string }
}

/** The workers of a process, for the two worker gauges. */
export interface WorkerSet extends WorkerCounts {
  add(worker: MonitoredWorker): void
}

const keyOf = ({ options }: MonitoredWorker): string =>
  `${options.namespace ?? ''} ${options.taskQueue ?? ''}`

/**
 * Creates an empty set. A worker that was stopped is no longer configured. One that failed stays
 * configured, and so running falls below configured, until a new worker polls its task queue.
 */
export function createWorkerSet(): WorkerSet {
  const workers = new Set<MonitoredWorker>()
  const forgetStopped = (): void => {
    for (const worker of workers) if (worker.getState() === 'STOPPED') workers.delete(worker)
  }
  return {
    add(added) {
      for (const worker of workers) {
        if (worker.getState() === 'FAILED' && keyOf(worker) === keyOf(added)) workers.delete(worker)
      }
      workers.add(added)
    },
    configured() {
      forgetStopped()
      return workers.size
    },
    running: () => [...workers].filter((worker) => worker.getState() === 'RUNNING').length,
  }
}
