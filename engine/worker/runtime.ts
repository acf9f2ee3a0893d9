import {
  makeTelemetryFilterString,
  Runtime,
  type LogLevel,
  type LogMetadata,
  type Logger as TemporalLogger,
  type MetricsExporterConfig,
} from '@temporalio/worker'
import { IllegalStateError } from '@temporalio/common'
import { defined } from '../core/defined.ts'
import type { Logger } from '../core/logger.ts'
import { logRunEvent } from './run-log.ts'
import type { SdkMetrics, SdkReading } from './sdk-metrics/sdk-metrics.ts'

/** The SDK's target of the warning that a push of metrics failed. */
const failedPush = 'temporalio_common::telemetry::otel::metric_export'

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
    // The SDK's info messages are debug detail to users of the engine, and so is a push of its
    // metrics that fails while this process is blocked: the next one says all of it again.
    const isDetail = level === 'INFO' || meta['target'] === failedPush
    const ours = isDetail ? 'debug' : levels[level]
    // Each call of a tool brings a dozen of them.
    if (ours === 'debug' && logger.isLevelEnabled?.('debug') === false) return
    // The token is 300 characters that only Temporal can read.
    const { error, taskToken: _token, ...fields } = meta
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

/** Installs the runtime unless there is one. */
function install(logger: Logger, metrics: MetricsExporterConfig | undefined): void {
  try {
    // Otherwise the native core would write to standard output, which is for results.
    const logging = {
      forward: {},
      filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }),
    }
    Runtime.install({
      logger: temporalLogger(logger),
      shutdownSignals: [],
      telemetryOptions: defined({ logging, metrics }),
    })
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error
  }
}

/** Installs the runtime with the first exporter that the SDK takes. */
function installWithAny(logger: Logger, exporters: readonly MetricsExporterConfig[]): void {
  const [first, ...others] = exporters
  try {
    install(logger, first)
  } catch (error) {
    if (others.length === 0) throw error
    // Variables of the environment configure its exporter too, such as a compression.
    logger.debug({ err: error }, 'the Temporal SDK cannot push its metrics; they are read instead')
    installWithAny(logger, others)
  }
}

/** What a user should know of the SDK's metrics, by how they are read. */
const warnings: Readonly<Record<Exclude<SdkReading, 'whole'>, string>> = {
  none: 'other code of this process installed the Temporal runtime; poll ages and SDK metrics are unknown',
  polls:
    'another engine of this process, without `monitoring.temporal_sdk`, installed the Temporal runtime; SDK metrics are unknown',
}

/**
 * Installs the SDK's native runtime, one per process: a second engine shares the first one's. Turns
 * off the runtime's own signal handlers, which would stop workers without the engine. `metrics`
 * receives the SDK's metrics.
 */
export async function installTemporalRuntime(logger: Logger, metrics?: SdkMetrics): Promise<void> {
  installWithAny(logger, (await metrics?.exporters()) ?? [])
  const reading = metrics?.join(Runtime.instance(), logger) ?? 'whole'
  if (reading !== 'whole') logger.warn({}, warnings[reading])
}
