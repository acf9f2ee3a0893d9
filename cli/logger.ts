import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { Logger } from '../engine/core/logger.ts'

/** How log lines look: JSON for programs, or readable ones for a terminal. */
export interface LogStyle {
  readonly pretty: boolean
  readonly color: boolean
}

/** The process's logger, on standard error. */
export function createLogger(level: string, style: LogStyle): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, errorKey: 'err' }
  if (!style.pretty) return pino(options, pino.destination({ dest: 2, sync: true }))
  return pino(
    options,
    pretty({
      destination: 2,
      sync: true,
      colorize: style.color,
      translateTime: 'SYS:HH:MM:ss',
      singleLine: true,
    }),
  )
}
