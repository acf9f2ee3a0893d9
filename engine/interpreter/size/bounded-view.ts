import type { Mutable } from '../../core/mutable.ts'
import type { JsonValue } from '../../core/json.ts'
import type { TaskError } from '../../core/task-error.ts'
import { bytesOver, cutText, jsonBytes, limits } from '../../core/limits.ts'
import type { TaskStatus, TaskView, ViewRequest } from '../../definition/run-protocol.ts'

type TaskViews = Readonly<Record<string, TaskView>>

/** Tasks of one level, cut to a bound. `counts` is absent when every task is shown. */
export interface BoundedTasks {
  readonly tasks: TaskViews
  readonly counts?: Readonly<Partial<Record<TaskStatus, number>>>
  readonly next_cursor?: string
}

/** How much of a run to show, in bytes of JSON. */
export interface ViewBounds {
  /** States, errors, and the outputs that fit beside them. */
  readonly bytes: number
  /**
   * One output; a larger one is shown by its size and its first characters. 0 leaves outputs out.
   */
  readonly outputBytes: number
}

/** Bounds of the whole run's view. */
export const runBounds: ViewBounds = { bytes: limits.viewBytes, outputBytes: 16_384 }
/** Bounds of one task's view: its output is shown whole, and both together fit one payload. */
const taskBounds = { bytes: 65_536, outputBytes: limits.payloadBytes } as const
/** Bounds of the states that a closed run keeps. */
export const closedBounds: ViewBounds = { bytes: limits.taskStatesBytes, outputBytes: 0 }

/** Children of a container that its first page shows: the first ones, then failures. */
const firstPage = { children: 50, failures: 50 }
const pageSize = 200
/** What a state takes beside its id and its error: names of fields, status, times. */
const stateBytes = 170
const errorBytes = 2_048
const startLength = 200

type MutableView = Mutable<TaskView>
type Entry = readonly [id: string, task: TaskView]

/** The bytes left, and the outputs that wait for the end: states come first. */
interface Budget {
  bytes: number
  readonly outputBytes: number
  readonly outputs: { readonly state: MutableView; readonly output: JsonValue }[]
}

/**
 * Returns the tasks that a request asks for, within its bounds: each container with its first
 * children and its failures, counts by status where children are left out, and large outputs by
 * their size. An unknown task gives no tasks.
 */
export function boundView(
  tasks: TaskViews,
  request: ViewRequest = {},
  bounds: ViewBounds = runBounds,
): BoundedTasks {
  const { task: path, cursor } = request
  if (path === undefined) return boundLevel(tasks, cursor, bounds)
  const found = taskAt(tasks, path.split('/'))
  if (found === undefined) return { tasks: {} }
  const { tasks: children, ...own } = found
  const shown = boundLevel({ [path]: own }, undefined, taskBounds)
  if (children === undefined) return shown
  const childBounds = { bytes: taskBounds.bytes, outputBytes: 0 }
  const level = boundLevel(children, cursor, childBounds)
  return { tasks: { [path]: { ...shown.tasks[path]!, ...level } } }
}

function taskAt(tasks: TaskViews, [id, ...rest]: readonly string[]): TaskView | undefined {
  const found = id !== undefined && Object.hasOwn(tasks, id) ? tasks[id] : undefined
  return rest.length === 0 || found === undefined ? found : taskAt(found.tasks ?? {}, rest)
}

function boundLevel(
  tasks: TaskViews,
  cursor: string | undefined,
  bounds: ViewBounds,
): BoundedTasks {
  const budget: Budget = { ...bounds, outputs: [] }
  const level = showLevel(Object.entries(tasks), cursor, budget)
  for (const { state, output } of budget.outputs) showOutput(state, output, budget)
  return level
}

function showLevel(
  entries: readonly Entry[],
  cursor: string | undefined,
  budget: Budget,
): BoundedTasks {
  const from = Math.max(0, Number.parseInt(cursor ?? '0', 10) || 0)
  const size = cursor === undefined ? firstPage.children : pageSize
  const shown: Record<string, MutableView> = {}
  const containers: { readonly state: MutableView; readonly children: TaskViews }[] = []

  const show = ([id, task]: Entry): boolean => {
    const state = stateOf(task, budget)
    const bytes = stateBytes + id.length * 3 + (state.error ? jsonBytes(state.error) : 0)
    if (bytes > budget.bytes) return false
    budget.bytes -= bytes
    shown[id] = state
    if (task.tasks !== undefined) containers.push({ state, children: task.tasks })
    return true
  }
  let next = from
  while (next < entries.length && next < from + size && show(entries[next]!)) next++
  if (cursor === undefined) showFailures(entries.slice(next), show)
  showChildren(containers, budget)
  const complete = from === 0 && next === entries.length
  if (complete) return { tasks: shown }
  const rest = next < entries.length ? { next_cursor: String(next) } : {}
  return { tasks: shown, counts: countsOf(entries), ...rest }
}

function showFailures(entries: readonly Entry[], show: (entry: Entry) => boolean): void {
  let left = firstPage.failures
  for (const entry of entries) {
    const { status } = entry[1]
    if (status !== 'failed' && status !== 'timed_out') continue
    if (left-- === 0 || !show(entry)) return
  }
}

/** Containers share what is left, so that a large one does not hide the ones after it. */
function showChildren(
  containers: readonly { readonly state: MutableView; readonly children: TaskViews }[],
  budget: Budget,
): void {
  containers.forEach(({ state, children }, index) => {
    const share = Math.floor(budget.bytes / (containers.length - index))
    const own: Budget = { ...budget, bytes: share }
    Object.assign(state, showLevel(Object.entries(children), undefined, own))
    budget.bytes -= share - own.bytes
  })
}

function stateOf(task: TaskView, budget: Budget): MutableView {
  const { tasks: _, output, error, ...rest } = task
  const state: MutableView = rest
  if (error !== undefined) state.error = boundError(error)
  if (output !== undefined && budget.outputBytes > 0) budget.outputs.push({ state, output })
  return state
}

function boundError(error: TaskError): TaskError {
  if (bytesOver(error, errorBytes) === undefined) return error
  const { cause: _, ...rest } = error
  return { ...rest, message: cutText(error.message, errorBytes) }
}

function showOutput(state: MutableView, output: JsonValue, budget: Budget): void {
  const over = bytesOver(output, budget.outputBytes)
  const bytes = over ?? jsonBytes(output)
  const isSpace = budget.outputBytes === taskBounds.outputBytes || bytes <= budget.bytes
  if (over === undefined && isSpace) {
    state.output = output
    budget.bytes -= bytes
    return
  }
  state.output_bytes = bytes
  if (budget.bytes < startLength * 6) return
  state.output_start = JSON.stringify(output).slice(0, startLength)
  budget.bytes -= startLength * 3
}

function countsOf(entries: readonly Entry[]): Partial<Record<TaskStatus, number>> {
  const counts: Partial<Record<TaskStatus, number>> = {}
  for (const [, { status }] of entries) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
