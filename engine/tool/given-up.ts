import { CompozyError } from '../core/errors.ts'
import type { TaskError } from '../core/task-error.ts'
import { toolLimits } from './limits.ts'
import type { ToolCall } from './runner.ts'

const { deliveries } = toolLimits

/** Returns the error of a call that was delivered too often; undefined if it may still run. */
export function tooManyDeliveries({ tool, delivery = 1 }: ToolCall): TaskError | undefined {
  if (delivery <= deliveries) return undefined
  const message = `tool "${tool.id}": given up, its worker stopped ${deliveries} times during this call`
  return { type: 'ToolCrashed', message }
}

/**
 * Returns the error of a call in its last delivery for which Deno did not start; undefined if
 * another delivery may help.
 */
export function startGivenUp(
  { tool, delivery = 1 }: ToolCall,
  error: unknown,
): TaskError | undefined {
  const isStart = error instanceof CompozyError && error.code === 'binary_unavailable'
  if (!isStart || delivery < deliveries) return undefined
  const message = `tool "${tool.id}": given up after ${deliveries} deliveries. ${error.message}`
  return { type: 'ToolCrashed', message }
}
