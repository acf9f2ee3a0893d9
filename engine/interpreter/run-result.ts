import type { JsonValue } from '../core/json.ts'
import type { WorkflowIr } from '../definition/workflow-ir.ts'
import type { Roots } from '../kinds/task-context.ts'
import { renderTree, type Scope } from '../template/sandbox.ts'
import { evaluateMetrics, type MetricTrigger } from './evaluate-metrics.ts'
import { failureOf } from './failure.ts'
import type { RunEnd } from './run-end.ts'
import type { RunServices } from './run-services.ts'
import { resultSizeError } from './size/check-size.ts'

/** Returns the templates' scope of the workflow itself. */
export type WorkflowScope = (roots: Roots) => Scope

/** The last task of a run, which succeeded. */
interface LastTask {
  readonly id: string | undefined
  readonly output: JsonValue
}

/** Returns how a run ends after its last task: with its `outputs`, or that task's output. */
export function resultOf(
  { outputs, tasks }: WorkflowIr,
  last: LastTask,
  scope: WorkflowScope,
  { revision, countExcess }: RunServices,
): RunEnd {
  const place = tasks.find(({ id }) => id === last.id)?.place ?? tasks[0]!.place
  try {
    const output =
      outputs === undefined ? last.output : renderTree(outputs, scope({ output: last.output }))
    const error = revision === 1 ? undefined : resultSizeError(output, place, outputs)
    if (error === undefined) return { type: 'complete', output }
    countExcess('result')
    return { type: 'fail', error }
  } catch (thrown) {
    const { error, limit } = failureOf(thrown, {}, place)
    countExcess(limit)
    return { type: 'fail', error }
  }
}

/** Records the workflow's own metrics when it completes or fails. */
export function recordWorkflowMetrics(
  { metrics = [] }: WorkflowIr,
  end: RunEnd,
  scope: WorkflowScope,
  services: RunServices,
): void {
  if (end.type === 'complete') record('success', { output: end.output })
  if (end.type === 'fail') record('error', { error: end.error })

  function record(trigger: MetricTrigger, roots: Roots): void {
    for (const observation of evaluateMetrics(metrics, trigger, scope(roots), services.celCache))
      services.observe(observation)
  }
}
