import { mapOf } from './map-of.ts'
import { families, otherLabel } from '../catalogue.ts'
import { closeOutcomes, taskFailureReasons } from '../catalogue/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'

/** How a run closed. */
export type CloseOutcome = (typeof closeOutcomes)[number]

/** Why a workflow task failed. */
export type TaskFailureReason = (typeof taskFailureReasons)[number]

/** The slots of one workflow type. */
export interface WorkflowSlots {
  readonly started: ValueSlot
  readonly completed: ValueSlot
  readonly failed: ValueSlot
  readonly duration: HistogramSlot
  readonly closed: Readonly<Record<CloseOutcome, ValueSlot>>
  readonly taskFailures: Readonly<Record<TaskFailureReason, ValueSlot>>
}

/** Numbers of configured and running workers. */
export interface WorkerCounts {
  configured(): number
  running(): number
}

/** Records workflows and workers. */
export interface TemporalFamilies {
  /** Exports new types at 0, and records them under their own names. */
  addKnown(types: readonly string[]): void
  /** Returns the slots of a type; types past the known and the open ones share `other`. */
  workflow(type: string): WorkflowSlots
  setWorkers(workers: WorkerCounts): void
}

/**
 * Declares workflow and worker families. Known types exist at 0 from the start. `openTypes`: how
 * many others get series of their own when first seen.
 */
export function temporalFamilies(
  registry: Registry,
  workflowTypes: readonly string[],
  openTypes = 0,
): TemporalFamilies {
  const started = registry.instrument(families.workflowStarted)
  const completed = registry.instrument(families.workflowCompleted)
  const failed = registry.instrument(families.workflowFailed)
  const duration = registry.instrument(families.workflowDuration)
  const closed = registry.instrument(families.workflowClosed)
  const taskFailures = registry.instrument(families.workflowTaskFailures)
  const slotsOf = (type: string): WorkflowSlots => {
    const labels = { workflow_type: type }
    return {
      started: started(labels),
      completed: completed(labels),
      failed: failed(labels),
      duration: duration(labels),
      closed: mapOf(closeOutcomes, (outcome) => closed({ ...labels, outcome })),
      taskFailures: mapOf(taskFailureReasons, (reason) => taskFailures({ ...labels, reason })),
    }
  }
  const known = new Map<string, WorkflowSlots>()
  let openLeft = openTypes
  let other: WorkflowSlots | undefined
  function add(type: string): WorkflowSlots {
    const slots = slotsOf(type)
    known.set(type, slots)
    return slots
  }
  function addKnown(types: readonly string[]): void {
    for (const type of types) if (!known.has(type)) add(type)
  }
  function admit(type: string): WorkflowSlots {
    if (openLeft === 0) return (other ??= slotsOf(otherLabel))
    openLeft--
    return add(type)
  }
  addKnown(workflowTypes)

  let workers: WorkerCounts = { configured: () => 0, running: () => 0 }
  registry.observe(families.workersRunning, () => [{ labels: {}, value: workers.running() }])
  registry.observe(families.workersConfigured, () => [{ labels: {}, value: workers.configured() }])
  return {
    addKnown,
    workflow: (type) => known.get(type) ?? admit(type),
    setWorkers: (counts) => {
      workers = counts
    },
  }
}
