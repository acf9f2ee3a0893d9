import type { Logger } from '../../engine/core/logger.ts'

/**
 * Stops an engine. After a signal, logs which one and, at the end, that the engine has stopped: a
 * drain may take as long as its timeout.
 */
export async function logStop(
  stop: () => Promise<void>,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<void> {
  if (!signal.aborted) return stop()
  const name = typeof signal.reason === 'string' ? signal.reason : 'abort'
  const began = performance.now()
  const message = 'stopping; a second signal ends the process at once'
  logger.info({ signal: name }, message)
  await stop()
  logger.info({ signal: name, took_ms: Math.round(performance.now() - began) }, 'stopped')
}
