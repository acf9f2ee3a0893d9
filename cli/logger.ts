import { Writable } from 'node:stream'
import { pino } from 'pino'
import pretty from 'pino-pretty'
import { defined } from '../engine/core/defined.ts'
import type { LogFields, Logger } from '../engine/core/logger.ts'
import { escapeMarks } from './line.ts'

/** The form of log lines: JSON for programs, or readable lines for a terminal. */
export interface LogStyle {
  readonly pretty: boolean
  readonly color: boolean
}

/** Standard error, where names and texts that others gave control no terminal. */
function escapingStderr(): Writable {
  const stderr = pino.destination({ dest: 2, sync: true })
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      stderr.write(escapeMarks(line))
      done()
    },
  })
}

/** Creates the process's logger. It writes to standard error. */
export function createLogger(level: string, style: LogStyle): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, errorKey: 'err' }
  // Words, not pino's numbers: log stores and people read `"level":"error"`.
  const formatters = { level: (label: string) => ({ level: label }) }
  if (!style.pretty)
    return pino({ ...options, formatters }, pino.destination({ dest: 2, sync: true }))
  return pino(
    options,
    pretty({
      destination: escapingStderr(),
      colorize: style.color,
      translateTime: 'SYS:HH:MM:ss',
      singleLine: true,
    }),
  )
}

/**
 * Returns a logger that leaves out some messages, because the command shows the same facts itself.
 */
export function withoutMessages(logger: Logger, hidden: ReadonlySet<string>): Logger {
  const pass =
    (level: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] =>
    (fields, message) => {
      if (!hidden.has(message)) logger[level](fields, message)
    }
  return defined({
    debug: pass('debug'),
    info: pass('info'),
    warn: pass('warn'),
    error: pass('error'),
    child: (fields: LogFields) => withoutMessages(logger.child(fields), hidden),
    isLevelEnabled: logger.isLevelEnabled?.bind(logger),
  })
}
