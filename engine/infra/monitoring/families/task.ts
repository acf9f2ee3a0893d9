import { families, otherLabel } from '../catalogue.ts'
import {
  limitNames,
  logDropReasons,
  taskOutcomes,
  toolOutcomes,
  type LimitName,
  type LogDropReason,
  type TaskOutcome,
  type ToolOutcome,
} from '../../../core/observation.ts'
import type { Exemplars } from '../instruments/exemplars.ts'
import type { Registry } from '../instruments/registry.ts'
import type { IdleSeries } from './idle-series.ts'
import { mapOf } from './map-of.ts'

/** A workflow of the project, with the task kinds in it. */
export interface KnownWorkflow {
  readonly id: string
  readonly taskTypes: readonly string[]
}

/** The names of a project that series carry; all other names are recorded as `other`. */
export interface KnownNames {
  /** Workflows with the kinds of tasks in them: the possible values of `workflow_type`. */
  readonly workflows: readonly KnownWorkflow[]
  /** IDs of tools: the possible values of `tool`. */
  readonly tools: readonly string[]
}

/** A tool call that ended. */
export interface ToolCallRecord {
  /** ID of the tool in YAML. */
  readonly tool: string
  readonly outcome: ToolOutcome
  readonly durationMs: number
  /** The run that made the call, if one did. */
  readonly execId?: string
}

/** A task that ended. */
export interface EndedTask {
  readonly workflowType: string
  readonly taskType: string
  readonly outcome: TaskOutcome
  readonly durationMs: number
  readonly execId?: string
}

/** Records tasks and tool calls. */
export interface TaskFamilies {
  /** Exports new workflows, task kinds and tools at 0, and records them under their own names. */
  addKnown(names: KnownNames): void
  /** Exports the tasks of a workflow that is no longer idle at 0. */
  expectTasks(workflowType: string): void
  recordTask(task: EndedTask): void
  recordToolCall(call: ToolCallRecord): void
  /** Records that a call begins to wait for a tool process (1), or no longer does (-1). */
  recordWaitingCall(change: 1 | -1): void
  /** Records something that was refused because it exceeds a limit of runs. */
  recordExcess(limit: LimitName): void
  /** Records lines that the logs of runs leave out. */
  recordDroppedLines(reason: LogDropReason, lines: number): void
}

/** Options of {@link taskFamilies}. */
export interface TaskFamiliesOptions {
  readonly exemplars?: Exemplars
  /** Which series of known names exist before their first event. Default all. */
  readonly idleSeries?: IdleSeries
}

/** How the calls of a tool end that works, and that fails: what an idle tool exports. */
const plainOutcomes = ['ok', 'error'] as const satisfies readonly ToolOutcome[]

/** Declares tasks and tools. Known names exist at 0; others are `other`. */
export function taskFamilies(
  registry: Registry,
  names: KnownNames,
  { exemplars, idleSeries = 'all' }: TaskFamiliesOptions = {},
): TaskFamilies {
  const executions = registry.instrument(families.taskExecutions)
  const durations = registry.instrument(families.taskDuration)
  const calls = registry.instrument(families.toolCalls)
  const callDurations = registry.instrument(families.toolCallDuration)
  const waitingCalls = registry.instrument(families.toolCallsWaiting)({})
  const excesses = registry.instrument(families.limitExceeded)
  const byLimit = mapOf(limitNames, (limit) => excesses({ limit }))
  const droppedLines = registry.instrument(families.runLogDropped)
  for (const reason of logDropReasons) droppedLines({ reason })
  const knownTypes = new Map<string, Set<string>>()
  /** Workflows without an event yet, whose series wait for one. */
  const idleTypes = new Set<string>()
  const knownTools = new Set<string>()
  const idleTools = new Set<string>()

  function exportTasks(workflowType: string, taskTypes: Iterable<string>): void {
    for (const taskType of taskTypes) {
      durations({ task_type: taskType })
      for (const outcome of taskOutcomes)
        executions({ workflow_type: workflowType, task_type: taskType, outcome })
    }
  }

  function addWorkflow({ id, taskTypes }: KnownWorkflow): void {
    const known = knownTypes.get(id)
    if (known === undefined && idleSeries === 'core') idleTypes.add(id)
    knownTypes.set(id, new Set([...(known ?? []), ...taskTypes]))
    if (!idleTypes.has(id)) exportTasks(id, taskTypes)
  }

  function expectTasks(workflowType: string): void {
    if (idleTypes.delete(workflowType)) exportTasks(workflowType, knownTypes.get(workflowType)!)
  }

  function exportCalls(tool: string): void {
    callDurations({ tool })
    for (const outcome of toolOutcomes) calls({ tool, outcome })
  }

  function addTool(tool: string): void {
    if (knownTools.has(tool)) return
    knownTools.add(tool)
    if (idleSeries === 'all') {
      exportCalls(tool)
      return
    }
    idleTools.add(tool)
    for (const outcome of plainOutcomes) calls({ tool, outcome })
  }

  function addKnown({ workflows, tools }: KnownNames): void {
    for (const workflow of workflows) addWorkflow(workflow)
    for (const tool of tools) addTool(tool)
  }

  addKnown(names)
  return {
    addKnown,
    expectTasks,
    recordTask({ workflowType, taskType, outcome, durationMs, execId }) {
      const type = knownTypes.has(workflowType) ? workflowType : otherLabel
      expectTasks(type)
      const count = executions({ workflow_type: type, task_type: taskType, outcome })
      count.add(1)
      if (outcome === 'skipped') return
      const duration = durations({ task_type: taskType })
      const seconds = durationMs / 1_000
      duration.observe(seconds)
      if (exemplars === undefined) return
      exemplars.attach(duration, seconds, execId)
      if (outcome === 'failed' || outcome === 'timed_out') exemplars.attach(count, 1, execId)
    },
    recordWaitingCall: (change) => waitingCalls.add(change),
    recordExcess: (limit) => byLimit[limit].add(1),
    recordDroppedLines: (reason, lines) => droppedLines({ reason }).add(lines),
    recordToolCall({ tool: id, outcome, durationMs, execId }) {
      const tool = knownTools.has(id) ? id : otherLabel
      if (idleTools.delete(tool)) exportCalls(tool)
      const count = calls({ tool, outcome })
      const duration = callDurations({ tool })
      const seconds = durationMs / 1_000
      count.add(1)
      duration.observe(seconds)
      if (exemplars === undefined) return
      exemplars.attach(duration, seconds, execId)
      if (outcome !== 'ok' && outcome !== 'aborted') exemplars.attach(count, 1, execId)
    },
  }
}
