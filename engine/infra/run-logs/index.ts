import type { Logger } from '../../core/logger.ts'
import type { LogDropReason } from '../../core/observation.ts'
import type { RunLogReader, RunLogSink } from '../../run-logs.ts'
import { createLogReader } from './reader.ts'
import { removeOldest } from './remove-oldest.ts'
import { createLogWriter } from './writer.ts'

/** The logs of runs, in files. */
export interface RunLogStore extends RunLogSink, RunLogReader {
  /** Writes what waits and stops. */
  close(): Promise<void>
}

/** How the store is created. */
export interface RunLogStoreOptions {
  /** Absolute. It is created with the first line. */
  readonly dir: string
  readonly maxBytes: number
  readonly logger: Logger
  readonly onDropped: (reason: LogDropReason, lines: number) => void
}

/** How often the folder is measured while lines are written, ms. */
const sweepEveryMs = 60_000
/** Past this part of the allowed size, written since the last look, the folder is measured. */
const sweepAfterPart = 1 / 16

/**
 * Creates the store of one process. Several processes may share the folder: each writes files of
 * its own, and each reads those of all.
 *
 * @example
 * const logs = createRunLogStore({ dir, maxBytes: 268_435_456, logger, onDropped })
 * logs.append('order-5f2c', { at: Date.now(), task: 'pay', attempt: 1, tool: 'pay', … })
 */
export function createRunLogStore(options: RunLogStoreOptions): RunLogStore {
  const { dir, maxBytes, logger, onDropped } = options
  let written = 0
  let sweeping: Promise<void> | undefined

  async function sweep(): Promise<void> {
    written = 0
    try {
      await removeOldest(dir, maxBytes)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      logger.warn({ dir, reason }, 'old logs of runs could not be removed')
    }
  }
  const startSweep = (): void => {
    sweeping ??= sweep().finally(() => {
      sweeping = undefined
    })
  }
  const timer = setInterval(() => {
    if (written > 0) startSweep()
  }, sweepEveryMs).unref()
  startSweep()

  const writer = createLogWriter({
    dir,
    logger,
    onDropped,
    onWritten(bytes) {
      written += bytes
      if (written > maxBytes * sweepAfterPart) startSweep()
    },
  })
  const reader = createLogReader(dir)
  return {
    append: (execId, line) => writer.append(execId, line),
    // A run that has just ended may have lines on their way to the disk.
    async read(execId, query) {
      await writer.written(execId)
      return reader.read(execId, query)
    },
    async tail(execId, query) {
      await writer.written(execId)
      return reader.tail(execId, query)
    },
    async close() {
      clearInterval(timer)
      await writer.close()
      await sweeping
    },
  }
}
