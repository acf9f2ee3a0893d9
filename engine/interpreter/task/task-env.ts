import type { JsonObject } from '../../core/json.ts'
import { renderTree, textOf, type Scope } from '../../template/sandbox.ts'
import type { TaskRun } from './task-run.ts'

/** Environment variables that a task gives to its tools. */
export type TaskEnv = Readonly<Record<string, string>>

/** Evaluates the task's `env`, over what the containers around it gave. */
export function evaluateTaskEnv({ task, enclosing }: TaskRun, scope: () => Scope): TaskEnv {
  if (task.env === undefined) return enclosing.env
  // The loader takes nothing but a mapping.
  const value = renderTree(task.env, scope()) as JsonObject
  const texts = Object.entries(value).map(([name, entry]) => [name, textOf(entry)] as const)
  return { ...enclosing.env, ...Object.fromEntries(texts) }
}

/** Reports whether there is any variable. */
export function hasKeys(env: TaskEnv): boolean {
  for (const _ in env) return true
  return false
}
