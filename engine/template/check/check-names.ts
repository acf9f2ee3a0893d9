import { didYouMean } from '../../core/nearest.ts'
import type { TemplateEnvironment } from './environment.ts'

/** What `.tasks.<id>` has. */
const taskFields: ReadonlySet<string> = new Set([
  'output',
  'status',
  'error',
  'errors',
  'attempts',
  'started_at',
  'ended_at',
])

/** What is wrong with a path's names, and at which of its keys. */
export interface NameProblem {
  readonly message: string
  /** Index into the path, the root being 0. */
  readonly key: number
  readonly hint?: string
}

/** Checks a path that begins at the roots: `['tasks', 'price', 'output', …]`. */
export function checkNames(
  path: readonly string[],
  environment: TemplateEnvironment,
): NameProblem | undefined {
  const { roots, envNames } = environment
  const [root, second, third] = path
  if (root === undefined) return undefined
  if (!roots.has(root)) {
    const message = `unknown name "${root}"${didYouMean(root, roots)}`
    return { message, key: 0, hint: `known here: ${[...roots].join(', ')}` }
  }
  if (root === 'env' && envNames !== undefined && second !== undefined && !envNames.has(second)) {
    const message = `"${second}" is not declared under env${didYouMean(second, envNames)}`
    return {
      message,
      key: 1,
      hint: 'only names listed under env: of the project, workflow or task are visible',
    }
  }
  if (root !== 'tasks' || second === undefined) return undefined
  return checkTask(second, third, environment)
}

function checkTask(
  id: string,
  field: string | undefined,
  { tasks }: TemplateEnvironment,
): NameProblem | undefined {
  const state = tasks.get(id)
  if (state === undefined) {
    const known = [...tasks.keys()]
    const hint =
      known.length === 0 ? 'no task is visible here' : `visible here: ${known.join(', ')}`
    return { message: `unknown task "${id}"${didYouMean(id, known)}`, key: 1, hint }
  }
  if (state === 'never_before')
    return { message: `task "${id}" cannot have run before this is evaluated`, key: 1 }
  if (field === undefined || taskFields.has(field)) return undefined
  const message = `a task has no "${field}"${didYouMean(field, taskFields)}`
  return {
    message,
    key: 2,
    hint: `allowed: ${[...taskFields].join(', ')}; what a task gave is under output`,
  }
}
