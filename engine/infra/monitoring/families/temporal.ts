import { mapOf } from './map-of.ts'
import { families, otherLabel } from '../catalogue.ts'
import { closeOutcomes, taskFailureReasons } from '../catalogue/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import type { IdleSeries } from './idle-series.ts'

/** How a run closed. */
export type CloseOutcome = (typeof closeOutcomes)[number]

/** Why a workflow task failed. */
export type TaskFailureReason = (typeof taskFailureReasons)[number]

/** The slots of a workflow type whose series exist at 0 before its first event. */
interface CoreSlots {
  readonly started: ValueSlot
  readonly completed: ValueSlot
  readonly failed: ValueSlot
}

/** The slots of one workflow type. */
export interface WorkflowSlots extends CoreSlots {
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
  /**
   * Returns the slots of a type that something happened to; types past the known and the open ones
   * share `other`.
   */
  workflow(type: string): WorkflowSlots
  setWorkers(workers: WorkerCounts): void
}

/** Options of {@link temporalFamilies}. */
export interface TemporalFamiliesOptions {
  /** How many types beyond the known ones get series of their own when first seen. Default 0. */
  readonly openTypes?: number | undefined
  /** Which series of known types exist before their first event. Default all. */
  readonly idleSeries?: IdleSeries
  /** Called with a known type at its first event, before it is recorded. */
  readonly onActive?: (type: string) => void
}

/** Declares workflow and worker families. Known types exist at 0 from the start. */
export function temporalFamilies(
  registry: Registry,
  workflowTypes: readonly string[],
  { openTypes = 0, idleSeries = 'all', onActive }: TemporalFamiliesOptions = {},
): TemporalFamilies {
  const started = registry.instrument(families.workflowStarted)
  const completed = registry.instrument(families.workflowCompleted)
  const failed = registry.instrument(families.workflowFailed)
  const duration = registry.instrument(families.workflowDuration)
  const closed = registry.instrument(families.workflowClosed)
  const taskFailures = registry.instrument(families.workflowTaskFailures)
  const coreSlotsOf = (type: string): CoreSlots => {
    const labels = { workflow_type: type }
    return { started: started(labels), completed: completed(labels), failed: failed(labels) }
  }
  const furtherSlotsOf = (type: string): Omit<WorkflowSlots, keyof CoreSlots> => {
    const labels = { workflow_type: type }
    return {
      duration: duration(labels),
      closed: mapOf(closeOutcomes, (outcome) => closed({ ...labels, outcome })),
      taskFailures: mapOf(taskFailureReasons, (reason) => taskFailures({ ...labels, reason })),
    }
  }
  const slotsOf = (type: string): WorkflowSlots => ({
    ...coreSlotsOf(type),
    ...furtherSlotsOf(type),
  })
  const idle = new Set<string>()
  const known = new Map<string, WorkflowSlots>()
  let openLeft = openTypes
  let other: WorkflowSlots | undefined
  function add(type: string): WorkflowSlots {
    const slots = slotsOf(type)
    known.set(type, slots)
    return slots
  }
  function addIdle(type: string): void {
    coreSlotsOf(type)
    // Every family is there, with its buckets, also where all types are idle.
    furtherSlotsOf(otherLabel)
    idle.add(type)
  }
  function addKnown(types: readonly string[]): void {
    for (const type of types) {
      if (known.has(type) || idle.has(type)) continue
      if (idleSeries === 'core') addIdle(type)
      else add(type)
    }
  }
  function admit(type: string): WorkflowSlots {
    if (idle.delete(type)) {
      onActive?.(type)
      return add(type)
    }
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
