import type { LogMetadata } from '@temporalio/worker'
import { defined } from '../core/defined.ts'
import type { LogFields, Logger } from '../core/logger.ts'

/** Message of the log line about a run that met a defect of the engine. */
export const defectMessage = 'the engine failed at a run'

/**
 * Message of the log line about a run that starts. The SDK's own says it again each time that the
 * run continues as new.
 */
export const startMessage = 'a run started'

/** Messages that mark the start and the end of a run, with our own words. Most are the SDK's. */
export const runEvents: Readonly<Record<string, string>> = {
  [startMessage]: 'run started',
  'Workflow completed': 'run completed',
  'Workflow completed as cancelled': 'run canceled',
  'Workflow failed': 'run failed',
}

/** Returns a failure in one line. Its stack shows the engine, which does not help users. */
function reasonOf(error: unknown): string {
  const type = (error as { type?: unknown } | null)?.type
  const message = error instanceof Error ? error.message : String(error)
  return typeof type === 'string' ? `${type}: ${message}` : message
}

/** Logs why the engine failed at a run: its user sees only that it did. */
function logDefect(logger: Logger, meta: LogMetadata): void {
  const { workflowId, workflowType, task, place, message, stack } = meta
  const fields = { exec_id: workflowId, workflow_id: workflowType, task_id: task as unknown, place }
  const err = { type: 'EngineDefect', message: message as unknown, stack: stack as unknown }
  logger.error(defined({ ...fields, err }), defectMessage)
}

/**
 * Logs an SDK message about a run as one line at `info`, or about a failed activity at `debug`.
 * Returns false for any other message.
 */
export function logRunEvent(logger: Logger, message: string, meta: LogMetadata): boolean {
  if (message === 'Activity failed') {
    logger.debug({ ...meta, err: meta['error'] }, message)
    return true
  }
  if (message === defectMessage) {
    logDefect(logger, meta)
    return true
  }
  const event = Object.hasOwn(runEvents, message) ? runEvents[message] : undefined
  if (event === undefined) return false
  const fields: LogFields = { exec_id: meta['workflowId'], workflow_id: meta['workflowType'] }
  const { error } = meta
  if (error === undefined) logger.info(fields, event)
  else {
    logger.info({ ...fields, error: reasonOf(error) }, event)
    logger.debug({ ...fields, err: error }, `${event}: details`)
  }
  return true
}
