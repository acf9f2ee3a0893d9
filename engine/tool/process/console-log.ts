import { defined } from '../../core/defined.ts'
import type { LogFields, Logger } from '../../core/logger.ts'
import type { LogStream, RunLogSink } from '../../run-logs.ts'
import type { ToolContext } from '../runner.ts'
import { boundLines, type LineBounds } from './bound-lines.ts'
import { joinPieces } from './join-pieces.ts'

/** One line that a tool prints. */
export interface ConsoleLine {
  readonly stream: LogStream
  readonly text: string
  /** Characters that are cut from its end. */
  readonly cut?: number
  /** The next one of its stream goes on with it. */
  readonly isOpen?: boolean
}

/** Takes what a tool prints during one call, and what that call leaves behind. */
export interface ConsoleLog {
  write(line: ConsoleLine): void
  /** Writes what was held back, with the number of lines that were left out before it. */
  end(): void
}

/** Bounds of the console of one call in the structured log. */
export const consoleLimits: LineBounds = {
  first: { lines: 100, characters: 65_536 },
  last: { lines: 100, characters: 65_536 },
  /** Lines that a call still logs after its end. */
  late: { lines: 20, characters: 16_384 },
}

/** Bounds of the console of one call in the log of its run. */
export const runLogLimits: LineBounds = {
  first: { lines: 1_000, characters: 262_144 },
  last: { lines: 1_000, characters: 262_144 },
  late: { lines: 100, characters: 65_536 },
}

const levelOf = {
  stdout: 'info',
  stderr: 'info',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
} as const satisfies Record<LogStream, keyof Logger>

/**
 * Creates the log of one call: each line of the tool's console becomes a structured line with these
 * fields, within {@link consoleLimits}.
 */
export function createConsoleLog(base: Logger, fields: LogFields): ConsoleLog {
  let made: Logger | undefined
  // Most calls print nothing, and a child logger costs more than the rest of the log.
  const logger = (): Logger => (made ??= base.child(fields))
  return boundLines(consoleLimits, ({ stream, text, cut = 0 }, leftOut) => {
    if (leftOut !== undefined) {
      const counts = { cut_lines: leftOut.lines, cut_characters: leftOut.characters }
      logger().warn(counts, 'the tool printed too much; lines were cut here')
    }
    logger()[levelOf[stream]](cut === 0 ? {} : { cut_characters: cut }, text)
  })
}

/** Creates the part of a run's log that one call writes, within {@link runLogLimits}. */
export function createCallLog(sink: RunLogSink, tool: string, context: ToolContext): ConsoleLog {
  const { exec_id, task_id: task, attempt } = context
  return boundLines(runLogLimits, ({ at, stream, text, cut = 0 }, dropped) => {
    const leftOut = dropped?.lines
    const cutCharacters = cut === 0 ? undefined : cut
    sink.append(exec_id, defined({ at, task, attempt, tool, stream, text, cutCharacters, leftOut }))
  })
}

/**
 * Returns a log that writes each line to all of these, after `clean` has taken out secrets. Pieces
 * of a line are joined before, so that no secret is missed that two writes share.
 */
export function writeToAll(
  logs: readonly ConsoleLog[],
  clean: (text: string) => string,
): ConsoleLog {
  return joinPieces({
    write(raw) {
      const line = { ...raw, text: clean(raw.text) }
      for (const log of logs) log.write(line)
    },
    end() {
      for (const log of logs) log.end()
    },
  })
}
