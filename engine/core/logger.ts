/** Structured fields of a log line, for example `{exec_id, task_id}`. */
export type LogFields = Readonly<Record<string, unknown>>

/** The part of a pino logger that the engine uses. `error(fields, message)` like pino; an error goes under `err`. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger
}

/** A logger that keeps silent: for tests, and where logging is switched off. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}
