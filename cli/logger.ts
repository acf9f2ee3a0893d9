import { Writable } from 'node:stream'
import { pino } from 'pino'
import pretty from 'pino-pretty'
import { defined } from '../engine/core/defined.ts'
import type { LogFields, Logger } from '../engine/core/logger.ts'
import { escapeMarks, visible } from './line.ts'

/** The form of log lines: JSON for programs, or readable lines for a terminal. */
export interface LogStyle {
  readonly pretty: boolean
  readonly color: boolean
}

/**
 * Writes to standard error. A text that somebody else gave neither controls a terminal nor reorders
 * a line.
 */
function createStderr(): { write(line: string): void } {
  const stderr = pino.destination({ dest: 2, sync: true })
  return { write: (line) => void stderr.write(escapeMarks(line)) }
}

/** Readable lines show an error's text and stack as they are, so what may control is replaced. */
function visibleError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { message, stack, ...rest } = pino.stdSerializers.err(error)
  return { ...rest, message: visible(message), stack: visible(stack) }
}

/** {@link createStderr} for pino-pretty, which wants a stream. */
function createStderrStream(): Writable {
  const stderr = createStderr()
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      stderr.write(line)
      done()
    },
  })
}

/** Creates the process's logger. It writes to standard error. */
export function createLogger(level: string, style: LogStyle): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, errorKey: 'err' }
  // Words, not pino's numbers: log stores and people read `"level":"error"`.
  const formatters = { level: (label: string) => ({ level: label }) }
  if (!style.pretty) return pino({ ...options, formatters }, createStderr())
  return pino(
    { ...options, serializers: { err: visibleError } },
    pretty({
      destination: createStderrStream(),
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
