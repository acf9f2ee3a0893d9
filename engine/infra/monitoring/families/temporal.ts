import { families, otherLabel } from '../catalogue.ts'
import type { Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'

/** The slots of one type of workflow. */
export interface WorkflowSlots {
  readonly started: ValueSlot
  readonly completed: ValueSlot
  readonly failed: ValueSlot
  readonly duration: HistogramSlot
}

/** How many workers there should be, and are. */
export interface WorkerCounts {
  configured(): number
  running(): number
}

/** What workflows and workers are recorded to. */
export interface TemporalFamilies {
  /** Slots of a type; a type that the project does not have shares those of `other`. */
  workflow(type: string): WorkflowSlots
  setWorkers(workers: WorkerCounts): void
}

/** Declares the six Temporal families; every known type is there at 0 before anything runs. */
export function temporalFamilies(registry: Registry, workflowTypes: readonly string[]): TemporalFamilies {
  const started = registry.instrument(families.workflowStarted)
  const completed = registry.instrument(families.workflowCompleted)
  const failed = registry.instrument(families.workflowFailed)
  const duration = registry.instrument(families.workflowDuration)
  const slotsOf = (type: string): WorkflowSlots => {
    const labels = { workflow_type: type }
    return {
      started: started(labels),
      completed: completed(labels),
      failed: failed(labels),
      duration: duration(labels),
    }
  }
  const known = new Map(workflowTypes.map((type) => [type, slotsOf(type)]))
  let other: WorkflowSlots | undefined

  let workers: WorkerCounts = { configured: () => 0, running: () => 0 }
  registry.observe(families.workersRunning, () => [{ labels: {}, value: workers.running() }])
  registry.observe(families.workersConfigured, () => [{ labels: {}, value: workers.configured() }])
  return {
    workflow: (type) => known.get(type) ?? (other ??= slotsOf(otherLabel)),
    setWorkers: (counts) => {
      workers = counts
    },
  }
}
