import { isJsonObject } from '../core/json.ts'
import { didYouMean, listNames } from '../core/nearest.ts'
import { textOf } from '../template/sandbox.ts'
import type { TaskKind, WrittenTask } from './kind.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { TaskFailed, type Steps } from './steps.ts'

const fields = {
  condition: {
    is: 'condition',
    givesAny: true,
    required: true,
    doc: 'gives the value that chooses the route, taken as text',
  },
  routes: {
    is: 'routes',
    required: true,
    doc: 'value: id of a task, or a task that is run as the router itself',
  },
  default: {
    is: 'route',
    doc: 'the task for every other value; without it such a value is a NoRoute error',
  },
} as const satisfies Fields

type RouterIr = TaskIr & CompiledFields<typeof fields>

function check({ raw, path, report }: WrittenTask): void {
  const routes = isJsonObject(raw['routes']) ? Object.values(raw['routes']) : []
  const routesToTask = [...routes, raw['default']].some((route) => typeof route === 'string')
  if (routesToTask && (raw['on_success'] ?? null) !== null)
    report.error([...path, 'on_success'], 'a router that routes to tasks has no on_success', {
      key: true,
      hint: 'the task that it routes to says what follows',
    })
  if (routesToTask && raw['final'] === true)
    report.warning([...path, 'final'], 'a router that routes to tasks goes on, final or not', {
      key: true,
      hint: 'remove final: true; a task that it routes to may have it',
    })
}

/** The failure of an inline task is the router's, unchanged. */
function* run(task: RouterIr, context: TaskContext): Steps<TaskResult> {
  // The route stays the same if the run continues as new meanwhile.
  const key = (context.kept as string | undefined) ?? textOf(context.evaluate(task.condition))
  context.keep(() => key)
  const found = Object.hasOwn(task.routes, key)
  const target = found ? task.routes[key] : task.default
  if (target === undefined) throw noRoute(task, key)
  if (typeof target === 'string')
    return { output: { route: found ? key : 'default' }, next: target }
  const end = yield* context.nest([target]).run(target, { resumes: context.kept !== undefined })
  if (end.error !== undefined) throw new TaskFailed(end.error)
  return { output: end.output }
}

function noRoute({ routes }: RouterIr, key: string): TaskFailed {
  const keys = Object.keys(routes)
  const message = `no route for "${key}" and no default; routes: ${listNames(keys)}${didYouMean(key, keys)}`
  return new TaskFailed({ type: 'NoRoute', message })
}

/** Follows the route that its condition's value names. */
export const router = {
  name: 'router',
  doc: 'Chooses what follows by a value.',
  fields,
  allows: { condition: false, retry: false },
  passesErrorOn: true,
  check,
  run,
} as const satisfies TaskKind
