import { didYouMean, listNames } from '../../core/nearest.ts'
import { findRuledOutKey } from './closed-schema.ts'
import type { TemplateEnvironment } from './environment.ts'
import { type ClosedKeys, inputPath, rootKeys, taskKeys } from './root-keys.ts'

/** What is wrong with a path, and at which of its keys. */
export interface NameProblem {
  readonly message: string
  /** Index into the path; the root is 0. */
  readonly key: number
  readonly hint?: string
}

/**
 * Returns what is wrong with a path that starts at the roots: `['tasks', 'price', 'output', …]`.
 */
export function checkNames(
  path: readonly string[],
  environment: TemplateEnvironment,
): NameProblem | undefined {
  const [root, second] = path
  if (root === undefined) return undefined
  if (!environment.roots.has(root)) return unknownRoot(root, environment)
  if (root === 'env' && second !== undefined) return checkEnvName(second, environment)
  if (root === 'tasks' && second !== undefined) return checkTask(path, environment)
  return checkRootKeys(path) ?? checkInput(path, environment)
}

function unknownRoot(root: string, { roots }: TemplateEnvironment): NameProblem {
  const hint = `known here: ${[...roots].join(', ')}`
  return { message: `unknown name "${root}"${didYouMean(root, roots)}`, key: 0, hint }
}

function checkEnvName(name: string, { envNames }: TemplateEnvironment): NameProblem | undefined {
  if (envNames === undefined || envNames.has(name)) return undefined
  return {
    message: `"${name}" is not declared under env${didYouMean(name, envNames)}`,
    key: 1,
    hint: 'only names listed under env: of the project or workflow are visible',
  }
}

function checkTask(
  path: readonly string[],
  { tasks }: TemplateEnvironment,
): NameProblem | undefined {
  const id = path[1]!
  const state = tasks.get(id)
  if (state === undefined) {
    const ids = [...tasks.keys()]
    const hint = ids.length === 0 ? 'no task is visible here' : `visible here: ${listNames(ids)}`
    return { message: `unknown task "${id}"${didYouMean(id, ids)}`, key: 1, hint }
  }
  if (state === 'never_before')
    return { message: `task "${id}" cannot have run before this is evaluated`, key: 1 }
  const problem = findUnknownKey(path, 2, taskKeys)
  if (problem?.index !== 2) return problem && describeUnknownKey(path, problem)
  return {
    ...describeUnknownKey(path, problem),
    message: `a task has no "${path[2]}"${didYouMean(path[2]!, problem.allowed)}`,
    hint: `allowed: ${problem.allowed.join(', ')}; the task's result is under output`,
  }
}

function checkRootKeys(path: readonly string[]): NameProblem | undefined {
  const root = path[0]!
  if (!Object.hasOwn(rootKeys, root)) return undefined
  const problem = findUnknownKey(path, 1, rootKeys[root]!)
  return problem && describeUnknownKey(path, problem)
}

interface UnknownKey {
  readonly index: number
  readonly allowed: readonly string[]
}

/** Finds the first key, from `start` on, that a closed set does not have. */
function findUnknownKey(
  path: readonly string[],
  start: number,
  closed: ClosedKeys,
): UnknownKey | undefined {
  let keys: ClosedKeys | 'any' = closed
  for (let index = start; index < path.length; index++) {
    if (keys === 'any') return undefined
    const key = path[index]!
    if (!Object.hasOwn(keys, key)) return { index, allowed: Object.keys(keys) }
    keys = keys[key]!
  }
  return undefined
}

function describeUnknownKey(path: readonly string[], { index, allowed }: UnknownKey): NameProblem {
  const key = path[index]!
  return {
    message: `.${path.slice(0, index).join('.')} has no "${key}"${didYouMean(key, allowed)}`,
    key: index,
    hint: `allowed: ${listNames(allowed)}`,
  }
}

/** `.workflow.input.nmae` against the schema of the input. */
function checkInput(
  path: readonly string[],
  { inputSchema }: TemplateEnvironment,
): NameProblem | undefined {
  if (path.slice(0, 2).join('.') !== inputPath) return undefined
  const found = findRuledOutKey(inputSchema, path.slice(2))
  if (found === undefined) return undefined
  const key = path[found.index + 2]!
  const owner = path.slice(0, found.index + 2).join('.')
  return {
    message: `.${owner} has no "${key}"${didYouMean(key, found.allowed)}`,
    key: found.index + 2,
    hint: `config.input allows: ${listNames(found.allowed)}`,
  }
}
