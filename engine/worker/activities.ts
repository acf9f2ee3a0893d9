import { Context, log } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { CustomMetric } from '../core/custom-metric.ts'
import { defined } from '../core/defined.ts'
import { CompozyError } from '../core/errors.ts'
import { limits } from '../core/limits.ts'
import { listNames } from '../core/nearest.ts'
import { toolCallFailure } from '../infra/temporal/command-errors.ts'
import { keptBy, requireStartBudget } from '../infra/temporal/index.ts'
import { refusedSignal } from '../interpreter/size/refused-signal.ts'
import type { Project, Tool } from '../project/project.ts'
import type { ToolResult, ToolRunner } from '../tool/runner.ts'
import type { Executions } from '../executions.ts'
import type { RunStart, Trigger } from '../definition/workflow-ir.ts'
import { boundError } from '../interpreter/size/bound-error.ts'
import type {
  EngineActivities,
  ToolActivity,
  ToolActivityCall,
  ToolActivityResult,
} from './activity-types.ts'
import { toActivityFailure } from './activity-failure.ts'
import { Heartbeats } from './heartbeats.ts'
import { createHistoryRoom, roomNeeded, withoutRoom, type RunKey } from './history-room.ts'
import { checkObservations } from './tool-observations.ts'

/** The parts of the engine that activities use. */
export interface ActivityDependencies {
  /** The current project; `dev` replaces it when files change. */
  readonly project: () => Project
  readonly runner: ToolRunner
  readonly executions: Pick<Executions, 'publish' | 'view'>
  /** Returns the memo that every run of this project carries. */
  readonly memoOf: (start: RunStart) => Readonly<Record<string, unknown>>
  /** Returns the bytes of an open run's history, 0 for a closed one. */
  readonly historyBytes: (run: RunKey) => Promise<number>
}

/**
 * Bounds and logs the error of a failed attempt, and fails the activity where the run asks for it:
 * Temporal then shows the attempt as failed. It does not repeat it: retries are the run's own.
 */
function report(
  result: ToolResult,
  call: ToolActivityCall,
  metrics: readonly CustomMetric[],
): ToolActivityResult {
  if (result.ok) return withObservations(result, call, metrics)
  const error = boundError(result.error)
  const { type, message } = error
  const { taskId: task_id, attempt } = call
  const exec_id = Context.current().info.workflowExecution?.workflowId
  log.warn('a tool call failed', { exec_id, task_id, attempt, type, error: message })
  const { limit } = result
  if (call.failsActivity !== true) return defined({ ok: false as const, error, limit })
  throw toolCallFailure(error, limit)
}

/** Checks what the tool recorded. A name that nothing declares is logged, and harms nothing. */
function withObservations(
  { ok, output, observations: recorded = [] }: Extract<ToolResult, { ok: true }>,
  { taskId: task_id }: ToolActivityCall,
  metrics: readonly CustomMetric[],
): ToolActivityResult {
  if (recorded.length === 0) return { ok, output }
  const { observations, undeclared } = checkObservations(recorded, metrics)
  if (undeclared.length > 0)
    log.warn('a tool recorded metrics that no YAML declares with on: tool', {
      task_id,
      metrics: undeclared,
    })
  return observations.length === 0 ? { ok, output } : { ok, output, observations }
}

function callTool(
  tool: Tool,
  call: ToolActivityCall,
  { info, cancellationSignal: signal }: Context,
  runner: ToolRunner,
): Promise<ToolResult> {
  return runner.call(
    {
      tool,
      input: call.input,
      env: { ...call.env, ...tool.env, ...call.taskEnv },
      timeoutMs: call.timeoutMs,
      delivery: info.attempt,
      context: {
        exec_id: info.workflowExecution?.workflowId ?? '',
        workflow_id: info.workflowType ?? '',
        task_id: call.taskId,
        attempt: call.attempt,
        idempotency_key: call.idempotencyKey,
      },
    },
    { signal },
  )
}

/**
 * Creates the activities of a worker. Each tool is an activity whose type is the tool's key,
 * handled by `default`. A tool's failure is returned, not thrown. Only a stopping worker or a
 * canceled call throws; Temporal then repeats the call, which does not use up an attempt.
 */
export function createActivities(
  dependencies: ActivityDependencies,
): EngineActivities & { default: ToolActivity } {
  const { project, runner, executions, memoOf, historyBytes } = dependencies
  const room = createHistoryRoom(historyBytes)
  const heartbeats = new Heartbeats()
  return {
    // Awaits no more than it must: Node follows each promise with hooks, for the SDK's context.
    async default(call) {
      const context = Context.current()
      const { activityType: key, workflowExecution } = context.info
      const tool = project().tools.get(key)
      if (tool === undefined) {
        const known = listNames(project().tools.keys())
        const message = `tool "${key}" is not in the project that this worker runs; it has ${known}`
        return report({ ok: false, error: { type: 'ToolCrashed', message } }, call, [])
      }
      heartbeats.begin(context)
      try {
        let result = await callTool(tool, call, context, runner)
        const needed = roomNeeded(result)
        if (needed !== undefined) {
          const { workflowId: execId = '', runId = '' } = workflowExecution ?? {}
          const by = call.idempotencyKey + call.attempt
          const history = await room.take({ execId, runId }, needed, by)
          if (history !== undefined) result = withoutRoom(result, tool.id, { needed, history })
        }
        return report(result, call, project().metrics)
      } finally {
        heartbeats.end(context)
      }
    },

    async 'compozy.prepare_child'({ workflowId, input, trigger }) {
      const workflow = project().workflows.get(workflowId)
      if (workflow === undefined) {
        throw ApplicationFailure.nonRetryable(
          `no workflow "${workflowId}" in this project`,
          'not_found',
        )
      }
      const accepted = asFailure(() => workflow.acceptInput(input))
      const { definition, sha256, timeoutMs } = workflow
      const start: RunStart = {
        definition,
        sha256,
        input: accepted,
        trigger: trigger satisfies Trigger,
      }
      asFailure(() => requireStartBudget(start, limits.childStartBytes))
      return defined({ start, memo: memoOf(start), timeoutMs })
    },

    async 'compozy.is_signal_refused'({ execId, name, bytes = 0 }) {
      const { cancellationSignal: signal } = Context.current()
      const view = await executions.view(execId, { signal })
      return refusedSignal(keptBy(view, name), name, bytes) !== undefined
    },

    async 'compozy.find_full_history'({ execId, runId, bytes }) {
      const child = Context.current().info.workflowExecution?.runId ?? ''
      return (await room.take({ execId, runId }, bytes, child)) ?? null
    },

    async 'compozy.publish_event'(event) {
      try {
        const { cancellationSignal: signal } = Context.current()
        // A run that an earlier delivery started is the event's: its input may differ by now.
        const started = await executions.publish({ ...event, keyDecides: true }, { signal })
        return started.map(({ exec_id }) => exec_id)
      } catch (error) {
        if (error instanceof CompozyError && error.code === 'not_found') return []
        throw toActivityFailure(error)
      }
    },
  }
}

/** Runs a check whose CompozyError the workflow must see by its code. */
function asFailure<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw toActivityFailure(error)
  }
}
