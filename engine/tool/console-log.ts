import type { LogFields, Logger } from '../core/logger.ts'

/** How loud a line of a tool's is. */
export type ConsoleLevel = 'debug' | 'info' | 'warn' | 'error'

/** Takes what a tool prints during one call. */
export interface ConsoleLog {
  readonly write: (level: ConsoleLevel, text: string) => void
  /** Says what was cut, if anything was. */
  readonly end: () => void
}

/** What a tool may put into the log during one call; the rest is counted and dropped. */
export const consoleLimits = { lines: 100, characters: 65_536 } as const

/**
 * A log of one call: each line of the tool's console becomes a structured line with these fields, up to
 * {@link consoleLimits}. `redact` takes out what must not be logged.
 */
export function createConsoleLog(input: {
  readonly logger: Logger
  readonly fields: LogFields
  readonly redact: (text: string) => string
}): ConsoleLog {
  const logger = input.logger.child(input.fields)
  let lines = 0
  let room: number = consoleLimits.characters
  let cutLines = 0
  let cutCharacters = 0
  return {
    write(level, text) {
      if (lines >= consoleLimits.lines || room <= 0) {
        cutLines++
        cutCharacters += text.length
        return
      }
      const clean = input.redact(text)
      const shown = clean.slice(0, room)
      cutCharacters += clean.length - shown.length
      lines++
      room -= shown.length
      logger[level]({}, shown)
    },
    end() {
      if (cutCharacters === 0 && cutLines === 0) return
      logger.warn(
        { cut_lines: cutLines, cut_characters: cutCharacters },
        'the tool printed more than is logged of one call',
      )
    },
  }
}
