import { defined, type Mutable } from '../../core/defined.ts'
import type { JsonValue } from '../../core/json.ts'
import { JsonSizes } from '../../core/size/json-sizes.ts'
import { jsonStart } from '../../core/size/json-start.ts'
import { jsonBytes, limits } from '../../core/limits.ts'
import type {
  TaskStatus,
  TaskView,
  ViewBounds,
  ViewRequest,
} from '../../definition/run-protocol.ts'
import { fitError } from './bound-error.ts'

export type TaskViews = Readonly<Record<string, TaskView>>

/** Tasks of one level, cut to a bound. `counts` is absent when every task is shown. */
export interface BoundedTasks {
  readonly tasks: TaskViews
  readonly counts?: Readonly<Partial<Record<TaskStatus, number>>>
  readonly next_cursor?: string
}

/** Reads the tasks of a level. Only those that are shown become views: a level may be large. */
export interface TaskReader<Level, Task> {
  sizeOf(level: Level): number
  entriesOf(level: Level): Iterable<readonly [id: string, task: Task]>
  find(level: Level, id: string): Task | undefined
  statusOf(task: Task): TaskStatus
  /** Returns a task without its children. */
  viewOf(task: Task): TaskView
  childrenOf(task: Task): Level | undefined
}

/** Bounds of the whole run's view. */
export const runBounds: ViewBounds = { bytes: limits.viewBytes, outputBytes: 16_384 }
/** Bounds of one task's view: its output is shown whole, and both together fit one payload. */
const taskBounds = { bytes: 65_536, outputBytes: limits.payloadBytes } as const
/** Bounds of the states that a closed run keeps. */
export const closedBounds: ViewBounds = { bytes: limits.taskStatesBytes, outputBytes: 0 }

/** Children of a container that its first page shows: the first ones, then failures. */
const firstPage = { children: 50, failures: 50 }
/** Tasks of a run itself that its first page shows, and tasks of every further page. */
const pageSize = 200

/**
 * Returns after how many of a run's own tasks its result may be cut, by how many it keeps;
 * undefined where it keeps all. This engine keeps 200, and failures beyond; earlier ones kept 50.
 */
export function cutAfter(kept: number): number | undefined {
  if (kept < firstPage.children) return undefined
  return kept < pageSize ? firstPage.children : pageSize
}

/** What a state takes beside its id and its error: names of fields, status, times. */
const stateBytes = 170
const errorBytes = 2_048
const startLength = 200

type MutableView = Mutable<TaskView>

/** Which tasks of a level to show: so many from a cursor on, or from the first. */
interface LevelPage {
  readonly cursor?: string | undefined
  readonly size: number
}

const firstChildren: LevelPage = { size: firstPage.children }

/** The bytes left, and the outputs that wait for the end: states come first. */
interface Budget {
  bytes: number
  readonly outputBytes: number
  readonly outputs: { readonly state: MutableView; readonly output: JsonValue }[]
  /** Outputs of a run may share their parts. */
  readonly sizes: JsonSizes
}

const viewReader: TaskReader<TaskViews, TaskView> = {
  sizeOf: (tasks) => Object.keys(tasks).length,
  entriesOf: (tasks) => Object.entries(tasks),
  find: (tasks, id) => (Object.hasOwn(tasks, id) ? tasks[id] : undefined),
  statusOf: ({ status }) => status,
  viewOf: ({ tasks: _, ...task }) => task,
  childrenOf: ({ tasks }) => tasks,
}

/** Returns the part of views that a request asks for, as {@link boundTasks}. */
export function boundView(
  tasks: TaskViews,
  request: ViewRequest = {},
  bounds: ViewBounds = runBounds,
): BoundedTasks {
  return boundTasks(viewReader, tasks, request, bounds)
}

/**
 * Returns the tasks that a request asks for, within its bounds: each container with its first
 * children and its failures, counts by status where children are left out, and large outputs by
 * their size. An unknown task gives no tasks.
 */
export function boundTasks<Level, Task>(
  reader: TaskReader<Level, Task>,
  level: Level,
  request: ViewRequest,
  bounds: ViewBounds,
): BoundedTasks {
  const { task: path, cursor } = request
  if (path === undefined) return showTop(reader, level, { cursor, size: pageSize }, bounds)
  const found = taskAt(reader, level, path.split('/'))
  if (found === undefined) return { tasks: {} }
  const own = { [path]: reader.viewOf(found) }
  const shown = showTop(viewReader, own, firstChildren, taskBounds)
  const children = reader.childrenOf(found)
  if (children === undefined) return shown
  const childBounds = { bytes: taskBounds.bytes, outputBytes: 0 }
  const page = cursor === undefined ? firstChildren : { cursor, size: pageSize }
  const below = showTop(reader, children, page, childBounds)
  return { tasks: { [path]: { ...shown.tasks[path]!, ...below } } }
}

function taskAt<Level, Task>(
  reader: TaskReader<Level, Task>,
  level: Level,
  [id = '', ...rest]: readonly string[],
): Task | undefined {
  const found = reader.find(level, id)
  if (rest.length === 0 || found === undefined) return found
  const children = reader.childrenOf(found)
  return children === undefined ? undefined : taskAt(reader, children, rest)
}

function showTop<Level, Task>(
  reader: TaskReader<Level, Task>,
  level: Level,
  page: LevelPage,
  bounds: ViewBounds,
): BoundedTasks {
  const budget: Budget = { ...bounds, outputs: [], sizes: new JsonSizes() }
  const shown = showLevel(reader, level, page, budget)
  for (const { state, output } of budget.outputs) showOutput(state, output, budget)
  return shown
}

/** Goes through a level once: the page first, then its failures, counting all. */
function showLevel<Level, Task>(
  reader: TaskReader<Level, Task>,
  level: Level,
  { cursor, size: pageTasks }: LevelPage,
  budget: Budget,
): BoundedTasks {
  const from = Math.max(0, Number.parseInt(cursor ?? '0', 10) || 0)
  const end = from + pageTasks
  const tasks: Record<string, MutableView> = {}
  const containers: { readonly state: MutableView; readonly children: Level }[] = []

  const show = (id: string, task: Task): boolean => {
    const state = stateOf(reader.viewOf(task), budget)
    const bytes = stateBytes + id.length * 3 + (state.error ? jsonBytes(state.error) : 0)
    if (bytes > budget.bytes) return false
    budget.bytes -= bytes
    tasks[id] = state
    const children = reader.childrenOf(task)
    if (children !== undefined) containers.push({ state, children })
    return true
  }
  const counts: Partial<Record<TaskStatus, number>> = {}
  let at = 0
  let next = from
  let failuresLeft = cursor === undefined ? firstPage.failures : 0
  for (const [id, task] of reader.entriesOf(level)) {
    const status = reader.statusOf(task)
    counts[status] = (counts[status] ?? 0) + 1
    if (at === next && at < end && show(id, task)) next++
    else if (isFailure(status) && failuresLeft > 0)
      failuresLeft = show(id, task) ? failuresLeft - 1 : 0
    at++
  }
  showChildren(reader, containers, budget)
  const size = reader.sizeOf(level)
  if (from === 0 && next === size) return { tasks }
  return next < size ? { tasks, counts, next_cursor: String(next) } : { tasks, counts }
}

function isFailure(status: TaskStatus): boolean {
  return status === 'failed' || status === 'timed_out'
}

/** Containers share what is left, so that a large one does not hide the ones after it. */
function showChildren<Level, Task>(
  reader: TaskReader<Level, Task>,
  containers: readonly { readonly state: MutableView; readonly children: Level }[],
  budget: Budget,
): void {
  containers.forEach(({ state, children }, index) => {
    const share = Math.floor(budget.bytes / (containers.length - index))
    const own: Budget = { ...budget, bytes: share }
    // Counts that stand there are of all children: these were bounded before.
    const { counts, next_cursor } = state
    Object.assign(
      state,
      showLevel(reader, children, firstChildren, own),
      defined({ counts, next_cursor }),
    )
    budget.bytes -= share - own.bytes
  })
}

function stateOf({ output, error, ...rest }: TaskView, budget: Budget): MutableView {
  const state: MutableView = rest
  if (error !== undefined) state.error = fitError(error, errorBytes, errorBytes)
  if (output !== undefined && budget.outputBytes > 0) budget.outputs.push({ state, output })
  return state
}

function showOutput(state: MutableView, output: JsonValue, budget: Budget): void {
  const over = budget.sizes.over(output, budget.outputBytes)
  const bytes = budget.sizes.shown(output, over)
  const isSpace = budget.outputBytes === taskBounds.outputBytes || bytes <= budget.bytes
  if (over === undefined && isSpace) {
    state.output = output
    budget.bytes -= bytes
    return
  }
  state.output_bytes = bytes
  if (budget.bytes < startLength * 6) return
  state.output_start = jsonStart(output, startLength)
  budget.bytes -= startLength * 3
}
