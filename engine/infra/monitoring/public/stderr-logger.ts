import type { LogFields, Logger } from '../../../core/logger.ts'

/** Returns a logger that writes warnings and errors as JSON lines to standard error. */
export function createStderrLogger(common: LogFields = {}): Logger {
  const write =
    (level: 'warn' | 'error') =>
    (fields: LogFields, msg: string): void => {
      const { err, ...rest } = { ...common, ...fields }
      const error = err instanceof Error ? (err.stack ?? err.message) : err
      process.stderr.write(`${JSON.stringify({ level, msg, ...rest, error })}\n`)
    }
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createStderrLogger({ ...common, ...fields }),
  }
}
