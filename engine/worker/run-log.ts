import type { LogMetadata } from '@temporalio/worker'
import type { LogFields, Logger } from '../core/logger.ts'

/** Messages of the SDK that mark the start and the end of a run, with our own words. */
export const runEvents: Readonly<Record<string, string>> = {
  'Workflow started': 'run started',
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

/**
 * Logs an SDK message about a run as one line at `info`, or about a failed activity at `debug`.
 * Returns false for any other message.
 */
export function logRunEvent(logger: Logger, message: string, meta: LogMetadata): boolean {
  if (message === 'Activity failed') {
    logger.debug({ ...meta, err: meta['error'] }, message)
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
