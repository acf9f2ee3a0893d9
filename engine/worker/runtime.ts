import {
  makeTelemetryFilterString,
  Runtime,
  type LogLevel,
  type LogMetadata,
  type Logger as TemporalLogger,
} from '@temporalio/worker'
import { IllegalStateError } from '@temporalio/common'
import { defined } from '../core/defined.ts'
import type { Logger } from '../core/logger.ts'
import { logRunEvent } from './run-log.ts'
import type { SdkMetrics } from './sdk-metrics.ts'

/**
 * Returns the engine's logger for Temporal's SDK. `meta.error`, the cause of a worker's death,
 * becomes `err`.
 */
export function temporalLogger(logger: Logger): TemporalLogger {
  const levels = {
    TRACE: 'debug',
    DEBUG: 'debug',
    INFO: 'info',
    WARN: 'warn',
    ERROR: 'error',
  } as const
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    if (logRunEvent(logger, message, meta)) return
    // The token is 300 characters that only Temporal can read.
    const { error, taskToken: _token, ...fields } = meta
    // The SDK's info messages are debug detail to users of the engine.
    const ours = level === 'INFO' ? 'debug' : levels[level]
    logger[ours](defined({ ...fields, err: error as unknown }), message)
  }
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  }
}

/**
 * Installs the SDK's native runtime, one per process: a second engine shares the first one's. Turns
 * off the runtime's own signal handlers, which would stop workers without the engine. `metrics`
 * receives the SDK's metrics.
 */
export function installTemporalRuntime(logger: Logger, metrics?: SdkMetrics): void {
  try {
    // Otherwise the native core would write to standard output, which is for results.
    const logging = {
      forward: {},
      filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }),
    }
    Runtime.install({
      logger: temporalLogger(logger),
      shutdownSignals: [],
      telemetryOptions: defined({
        logging,
        metrics: metrics ? { buffer: metrics.createBuffer() } : undefined,
      }),
    })
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error
  }
  if (metrics?.join(Runtime.instance()) === false)
    logger.warn(
      {},
      'other code of this process installed the Temporal runtime; poll ages and SDK metrics are unknown',
    )
}
