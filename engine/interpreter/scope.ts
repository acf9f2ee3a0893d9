import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Handover, ChildOptions, Roots } from '../kinds/task-context.ts'
import type { Scope } from '../template/sandbox.ts'
import { tasksOf, type SiblingTasks } from './task/task-progress.ts'
import type { Slice } from './slice.ts'
import type { RunStart } from '../definition/workflow-ir.ts'

/** What surrounds the tasks of a level. */
export interface ParentScope {
  /** Where `.tasks` is looked up. */
  readonly visible: SiblingTasks
  /** Where the tasks are recorded. */
  readonly records: SiblingTasks
  /** `.input` inside `with`. */
  readonly input: JsonValue
  /** `.parent` */
  readonly parent: JsonObject
  /** Inherited names: items, signals, the failure that is handled. */
  readonly roots: Roots
  readonly item?: ChildOptions['item'] | undefined
  /** Environment that containers give to the tools below them. */
  readonly env: Readonly<Record<string, string>>
  /** Ids of the containers, joined by `/` and ending in it; empty at the top. */
  readonly path: string
  /** The same, telling apart the rounds of a loop. */
  readonly key: string
}

/** Roots that are the same everywhere in a run. */
export function runRoots(start: RunStart, execId: string): Roots {
  const { definition, input, trigger } = start
  const { id, version = null, project, env } = definition
  return {
    workflow: { id, version, input, exec_id: execId },
    env,
    project: { name: project.name, version: project.version ?? null },
    trigger: { type: trigger.type, name: trigger.name ?? null },
  }
}

/** The surroundings of the workflow's own tasks. */
export function topScope(level: SiblingTasks, input: JsonValue): ParentScope {
  return {
    visible: level,
    records: level,
    input,
    parent: { input },
    roots: {},
    env: {},
    path: '',
    key: '',
  }
}

/** What a task adds to its surroundings for its own templates. */
export interface TaskScope {
  readonly level: SiblingTasks
  /** Computed when a template first asks for it. */
  readonly input: () => JsonValue
  readonly arrival?: Handover | undefined
  readonly roots?: Roots
}

/** What a scope needs of the run. */
export interface ScopeContext {
  readonly roots: Roots
  readonly now: () => number
  readonly uuid: () => string
  readonly slice: Pick<Slice, 'activation'>
}

/** What templates of one task see; `.tasks` and `.input` are made when they are asked for. */
export function createScope(context: ScopeContext, enclosing: ParentScope, own: TaskScope): Scope {
  return {
    activation: context.slice.activation(),
    now: context.now(),
    uuid: context.uuid,
    roots: {
      ...context.roots,
      ...enclosing.roots,
      ...errorRoot(own),
      parent: enclosing.parent,
      get tasks() {
        return tasksOf(own.level)
      },
      get input() {
        return own.input()
      },
      ...own.roots,
    },
  }
}

const noRoots: Roots = {}

/** `.error` of a task that handles a failure. */
export function errorRoot({ arrival }: Pick<TaskScope, 'arrival'>): Roots {
  return arrival?.error === undefined ? noRoots : { error: arrival.error }
}

/** `.parent` for the tasks below one: what that task itself sees. */
export function parentOf(enclosing: ParentScope, input: JsonValue): JsonObject {
  const { item, parent } = enclosing
  return item === undefined
    ? { input, parent }
    : { input, item: item.value, index: item.index, parent }
}
