/** Structured fields of a log line, for example `{exec_id, task_id}`. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * The part of a pino logger that the engine uses: `error(fields, message)`; an error goes under
 * `err`.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** Returns a logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger
  /** Whether lines of a level are written; a logger without it writes them all. */
  isLevelEnabled?(level: 'debug'): boolean
}

/** A logger that writes nothing: for tests, and when logging is off. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}
