import * as fc from 'fast-check'
import { defined } from '../../core/defined.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'

/**
 * Workflows as a model: small enough that what they mean can be computed by plain recursion
 * (reference.ts), rich enough to mix every way in which tasks follow and hold each other.
 */
export type Model =
  | { readonly is: 'echo'; readonly value: number }
  | { readonly is: 'fail'; readonly how: keyof typeof failures }
  /** A wait that times out, and the task that follows then. */
  | { readonly is: 'lapse' }
  /** Fails this often, then gives the number of the attempt. */
  | { readonly is: 'retry'; readonly failures: number }
  | { readonly is: 'leaf'; readonly kind: keyof typeof leaves }
  | { readonly is: 'skip'; readonly task: Model }
  | { readonly is: 'route'; readonly task: Model }
  | {
      readonly is: 'composite'
      readonly tasks: readonly Model[]
      readonly bestEffort: boolean
      readonly hasTimeout: boolean
    }
  | {
      readonly is: 'parallel'
      readonly tasks: readonly Model[]
      readonly bestEffort: boolean
      readonly workers: number
    }
  | {
      readonly is: 'collection'
      readonly items: readonly number[]
      readonly task: Model
      readonly bestEffort: boolean
      readonly workers: number
      readonly batch: number
    }

/** A task of the top level with its edges, by index. */
interface Step {
  readonly task: Model
  readonly next?: number
  /** Whether the edge hands the output on. */
  readonly hands: boolean
  readonly onError?: number
}

/** A whole workflow. */
export interface ModelWorkflow {
  readonly steps: readonly Step[]
  readonly maxTasks: number
}

/** Tasks that always fail, with the types of their errors. */
export const failures = {
  tool: { yaml: { tool: 'fail' }, error: 'ToolError:Boom' },
  child: {
    yaml: { type: 'workflow', workflow: 'child', with: { fails: true } },
    error: 'ChildFailed',
  },
  wait: {
    yaml: { type: 'wait', wait_for: 'silence', timeout: '3ms' },
    error: 'WaitTimeout',
  },
  limit: {
    yaml: {
      type: 'composite',
      timeout: '3ms',
      tasks: [{ type: 'wait', id: 'endless', wait_for: 'silence', timeout: '1h' }],
    },
    error: 'TaskTimeout',
  },
} as const satisfies Record<string, { readonly yaml: JsonObject; readonly error: string }>

/** Tasks that always succeed, with their outputs. */
export const leaves = {
  pause: { yaml: { type: 'pause', duration: '3ms' }, output: null },
  aggregate: { yaml: { type: 'aggregate', outputs: { n: 1 } }, output: { n: 1 } },
  wait: { yaml: { type: 'wait', wait_for: 'plenty', timeout: '1h' }, output: 7 },
  process: {
    yaml: {
      type: 'wait',
      wait_for: 'plenty',
      timeout: '1h',
      processor: { tool: 'echo', with: { v: 1 } },
      outputs: '{{ .processor.output.v }}',
    },
    output: 1,
  },
  child: { yaml: { type: 'workflow', workflow: 'child' }, output: 5 },
  detached: { yaml: { type: 'workflow', workflow: 'child', wait: false }, output: null },
  publish: {
    yaml: { type: 'signal', signal: { id: 'news' } },
    output: { delivered: 2, exec_ids: ['a-1', 'b-1'] },
  },
  send: {
    yaml: { type: 'signal', signal: { id: 'hi' }, exec_id: 'other' },
    output: { delivered: 1, exec_ids: ['other'] },
  },
} as const satisfies Record<string, { readonly yaml: JsonObject; readonly output: JsonValue }>

/** How often a flaky tool fails at most; tasks of the model retry more often. */
const mostFailures = 2

const failing = fc.record({
  is: fc.constant('fail' as const),
  how: fc.constantFrom(...(Object.keys(failures) as (keyof typeof failures)[])),
})

const { model } = fc.letrec<{ model: Model; tasks: Model[] }>((tie) => ({
  tasks: fc.array(tie('model'), { minLength: 1, maxLength: 3 }),
  model: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: fc.record({ is: fc.constant('echo' as const), value: fc.nat(9) }) },
    { weight: 1, arbitrary: failing },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('lapse' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        is: fc.constant('retry' as const),
        failures: fc.integer({ min: 1, max: mostFailures }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('leaf' as const),
        kind: fc.constantFrom(...(Object.keys(leaves) as (keyof typeof leaves)[])),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        is: fc.constant('skip' as const),
        // The condition of a wait judges signals.
        task: failing.filter(({ how }) => how !== 'wait'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('route' as const), task: tie('model') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('composite' as const),
        tasks: tie('tasks'),
        bestEffort: fc.boolean(),
        hasTimeout: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('parallel' as const),
        tasks: tie('tasks'),
        bestEffort: fc.boolean(),
        workers: fc.nat(2),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('collection' as const),
        items: fc.array(fc.nat(9), { maxLength: 4 }),
        task: tie('model'),
        bestEffort: fc.boolean(),
        workers: fc.nat(2),
        batch: fc.nat(3),
      }),
    },
  ),
}))

/** Workflows of up to five tasks whose edges go anywhere, loops included. */
export const workflows: fc.Arbitrary<ModelWorkflow> = fc
  .integer({ min: 1, max: 5 })
  .chain((length) => {
    const place = fc.option(fc.nat(length - 1), { nil: undefined })
    const step = fc
      .record({ task: model, next: place, hands: fc.boolean(), onError: place })
      .map(({ next, onError, ...step }) => ({ ...step, ...defined({ next, onError }) }))
    return fc.record({
      steps: fc.array(step, { minLength: length, maxLength: length }),
      maxTasks: fc.integer({ min: 1, max: 8 }),
    })
  })

/** A model's task as YAML has it. `inItem`: below a collection. */
function taskOf(task: Model, id: string, inItem: boolean): JsonObject {
  const below = (tasks: readonly Model[]): JsonValue =>
    tasks.map((child, at) => taskOf(child, `${id}-${at}`, inItem))
  switch (task.is) {
    case 'echo':
      return {
        id,
        tool: 'echo',
        with: inItem ? { v: task.value, at: '{{ .index }}', of: '{{ .item }}' } : { v: task.value },
      }
    case 'fail':
      return { id, ...failures[task.how].yaml }
    case 'lapse':
      return {
        id,
        type: 'composite',
        tasks: [
          { id: `${id}-w`, ...failures.wait.yaml, on_timeout: `${id}-late` },
          { id: `${id}-late`, ...leaves.aggregate.yaml },
        ],
      }
    case 'retry':
      return {
        id,
        tool: 'flaky',
        with: { failures: task.failures },
        retry_policy: { maximum_attempts: mostFailures + 1, initial_interval: '7ms' },
      }
    case 'leaf':
      return { id, ...leaves[task.kind].yaml }
    case 'skip':
      return { ...taskOf(task.task, id, inItem), condition: 'false' }
    case 'route':
      return {
        id,
        type: 'router',
        condition: 'true',
        routes: { true: taskOf(task.task, `${id}-in`, inItem) },
      }
    case 'composite':
      return {
        id,
        type: 'composite',
        tasks: below(task.tasks),
        ...strategyOf(task),
        ...defined({ timeout: task.hasTimeout ? '2h' : undefined }),
      }
    case 'parallel':
      return {
        id,
        type: 'parallel',
        tasks: below(task.tasks),
        max_workers: task.workers,
        ...strategyOf(task),
      }
    case 'collection':
      return {
        id,
        type: 'collection',
        items: task.items,
        task: taskOf(task.task, `${id}-each`, true),
        max_workers: task.workers,
        batch: task.batch,
        ...strategyOf(task),
      }
  }
}

function strategyOf({ bestEffort }: { readonly bestEffort: boolean }): JsonObject {
  return bestEffort ? { strategy: 'best_effort' } : {}
}

/** A model as YAML has it. */
export function workflowOf({ steps, maxTasks }: ModelWorkflow): {
  config: JsonObject
  tasks: JsonObject[]
} {
  const tasks = steps.map(({ task, next, hands, onError }, at) => {
    const given = { x: '{{ .output }}' }
    const failed = { x: '{{ .error.type }}' }
    return defined({
      ...taskOf(task, `t${at}`, false),
      on_success:
        next === undefined
          ? undefined
          : defined({ next: `t${next}`, with: hands ? given : undefined }),
      on_error: onError === undefined ? undefined : { next: `t${onError}`, with: failed },
    })
  })
  return { config: { max_tasks: maxTasks }, tasks }
}
