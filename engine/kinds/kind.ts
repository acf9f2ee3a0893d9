import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Report } from '../schema/report.ts'
import type { Moved, Shapes } from '../schema/shape.ts'
import type { TreeIr } from '../template/sandbox.ts'
import type { FlowPosition } from './shared/run-flow.ts'
import type { ToolScope } from './shared/tool-reference.ts'
import type { Steps } from './steps.ts'
import type { TaskContext, TaskResult } from './task-context.ts'

/** A task as the loader reads it, for the checks of its kind. */
export interface WrittenTask {
  /** The task as written. */
  readonly raw: JsonObject
  /** Its fields as read. Wrong ones are absent; the report has them. */
  readonly read: Readonly<Record<string, unknown>>
  readonly path: Path
  readonly report: Report
  readonly tools: ToolScope
}

/** An event that a task publishes, with the places of its parts below the task. */
export interface WrittenEvent {
  readonly name: string
  readonly namePath: Path
  readonly payload: TreeIr
  readonly payloadPath: Path
}

/**
 * A kind of task: all that the engine knows about it. The loader, the compiler, the interpreter and
 * the JSON Schema for editors read it from here.
 */
export interface TaskKind {
  /** Its value of `type`. */
  readonly name: string
  /** Article of its name in messages, if not "a". */
  readonly article?: 'an'
  /** What it does, one sentence. */
  readonly doc: string
  /** Its own keys, besides those of every task. */
  readonly fields: Shapes
  /** Keys that only it had once, with what to write instead. */
  readonly moved?: Moved
  readonly allows: {
    /**
     * `condition` skips the task. Where false, the kind's own fields say what `condition` means.
     */
    readonly condition: boolean
    /** `retry_policy` and `retries`. */
    readonly retry: boolean
  }
  /**
   * Its own `run` ends an attempt at the task's `timeout`; the interpreter does so for all others.
   */
  readonly keepsTime?: true
  /** The field that names what the task works on, for drawings: its tool, signal or workflow. */
  readonly subject?: string
  /** It waits for the signal that `subject` names. */
  readonly awaits?: true
  /** The task that it routes to sees the error that this task was to handle. */
  readonly passesErrorOn?: true
  /** The position of its flow, in what it kept; for a kind whose children follow each other. */
  positionOf?(kept: JsonValue | undefined): FlowPosition | undefined
  /** Checks several keys together. */
  check?(task: WrittenTask): void
  /** Returns the event that a task publishes, if its name is literal. */
  publishes?(task: TaskIr, raw: JsonObject): WrittenEvent | undefined
  /** Returns what the IR holds besides the fields; reports what it can't resolve. */
  resolve?(task: WrittenTask): Readonly<Record<string, unknown>>
  /**
   * Runs one attempt. Returns at once if there is nothing to wait for.
   * @throws TaskFailed, TemplateError if the attempt fails
   */
  run(task: TaskIr, context: TaskContext): Steps<TaskResult> | TaskResult
}

/** The kinds of tasks that a project may use. */
export interface TaskKinds {
  readonly names: readonly string[]
  /** The kind of a task without `type`. */
  readonly default: TaskKind
  find(name: string): TaskKind | undefined
  /** The kind of a compiled task. @throws UnknownTaskKind where this engine does not have it */
  of(task: Pick<TaskIr, 'type'>): TaskKind
}

/**
 * A compiled task of a kind that a newer engine has: the run must wait for a worker that has it
 * too.
 */
export class UnknownTaskKind extends Error {
  override readonly name = 'UnknownTaskKind'

  constructor(type: string) {
    super(`this engine has no task kind "${type}"`)
  }
}

/** Collects kinds; the first one is the default. */
export function createTaskKinds(kinds: readonly [TaskKind, ...TaskKind[]]): TaskKinds {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  return {
    names: kinds.map(({ name }) => name),
    default: kinds[0],
    find: (name) => byName.get(name),
    of({ type }) {
      const kind = byName.get(type)
      if (kind === undefined) throw new UnknownTaskKind(type)
      return kind
    },
  }
}
