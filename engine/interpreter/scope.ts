import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Handover, ChildOptions, Roots } from '../kinds/task-context.ts'
import { currentRules, type Scope, type TemplateRules } from '../template/sandbox.ts'
import { tasksOf, type SiblingTasks } from './task/task-progress.ts'
import type { Slice } from './slice.ts'
import type { InterpreterRevision } from '../definition/run-protocol.ts'
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
export interface RunRoots {
  readonly workflow: JsonObject
  readonly env: JsonObject
  readonly project: JsonObject
  readonly trigger: JsonObject
}

/** Returns the roots of a run. */
export function runRoots(start: RunStart, execId: string): RunRoots {
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
  /** Where `.tasks` is looked up, when a template first asks for it. */
  readonly level: () => SiblingTasks
  /** Computed when a template first asks for it. */
  readonly input: () => JsonValue
  readonly arrival?: Handover | undefined
  readonly roots?: Roots
}

/** What a scope needs of the run. */
export interface ScopeContext {
  readonly roots: RunRoots
  readonly now: () => number
  readonly uuid: () => string
  readonly revision: InterpreterRevision
  readonly slice: Pick<Slice, 'activation'>
}

const rulesBefore6: TemplateRules = { roundsText: true, roundsLarge: true, hidesNull: true }
const rulesOf6: TemplateRules = { ...rulesBefore6, roundsText: false }

function rulesOf(revision: InterpreterRevision): TemplateRules {
  if (revision < 6) return rulesBefore6
  return revision < 7 ? rulesOf6 : currentRules
}

/**
 * Returns what templates of one task see. The roots are made when a template first asks for them,
 * and `.tasks` and `.input` when it reads them: most scopes of a large collection are never read.
 */
export function createScope(context: ScopeContext, enclosing: ParentScope, own: TaskScope): Scope {
  const activation = context.slice.activation()
  let roots: Scope['roots'] | undefined
  return {
    activation,
    now: context.now(),
    uuid: context.uuid,
    rules: rulesOf(context.revision),
    get roots() {
      return (roots ??= createRoots(context.roots, enclosing, own))
    },
  }
}

const noRoots: Roots = {}

/** `.error` of a task that handles a failure. */
export function errorRoot({ arrival }: Pick<TaskScope, 'arrival'>): Roots {
  return arrival?.error === undefined ? noRoots : { error: arrival.error }
}

/** One literal and assignments: spreading beside accessors costs five times as much. */
function createRoots(run: RunRoots, enclosing: ParentScope, own: TaskScope): Scope['roots'] {
  const { workflow, env, project, trigger } = run
  const roots: Record<string, JsonValue | undefined> = {
    workflow,
    env,
    project,
    trigger,
    parent: enclosing.parent,
    get tasks() {
      return tasksOf(own.level())
    },
    get input() {
      return own.input()
    },
  }
  assignRoots(roots, enclosing.roots)
  assignRoots(roots, errorRoot(own))
  roots['parent'] = enclosing.parent
  assignRoots(roots, own.roots)
  return roots
}

/** No kind and no name of an item adds `tasks` or `input`, which are read-only here. */
function assignRoots(roots: Record<string, JsonValue | undefined>, more: Roots = {}): void {
  for (const name of Object.keys(more)) roots[name] = more[name]
}

/** `.parent` for the tasks below one: what that task itself sees. */
export function parentOf(enclosing: ParentScope, input: JsonValue): JsonObject {
  const { item, parent } = enclosing
  return item === undefined
    ? { input, parent }
    : { input, item: item.value, index: item.index, parent }
}
