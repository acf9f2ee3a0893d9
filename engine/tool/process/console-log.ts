import type { LogFields, Logger } from '../../core/logger.ts'

/** How loud a line of a tool's is. */
export type ConsoleLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line that a tool prints. */
export interface ConsoleLine {
  readonly level: ConsoleLevel
  readonly text: string
  /** Characters that the tool sandbox cut from it. */
  readonly cut?: number
}

/** Takes what a tool prints during one call, and what that call leaves behind. */
export interface ConsoleLog {
  write(line: ConsoleLine): void
  /** Logs what was held back, after a line that counts what was cut before it. */
  end(): void
}

/**
 * Limits on the console of one call. The first lines are logged at once; of the rest, the last ones
 * are logged when the call ends.
 */
export const consoleLimits = {
  first: { lines: 100, characters: 65_536 },
  last: { lines: 100, characters: 65_536 },
  /** Lines that a call still logs after its end. */
  late: { lines: 20, characters: 16_384 },
} as const

/** Room for a number of lines and characters. */
class Room {
  #lines: number
  #characters: number

  constructor({ lines, characters }: { lines: number; characters: number }) {
    this.#lines = lines
    this.#characters = characters
  }

  /** Takes a line; returns what of it fits, undefined if nothing does. */
  take(text: string): string | undefined {
    if (this.#lines <= 0 || this.#characters <= 0) return undefined
    const shown = text.slice(0, this.#characters).toWellFormed()
    this.#lines--
    this.#characters -= shown.length
    return shown
  }
}

/** The last lines of a longer output. */
class Tail {
  readonly #lines: ConsoleLine[] = []
  #characters = 0
  cutLines = 0
  cutCharacters = 0

  push(line: ConsoleLine): void {
    const { lines, characters } = consoleLimits.last
    this.#lines.push(line)
    this.#characters += line.text.length
    while (
      this.#lines.length > lines ||
      (this.#characters > characters && this.#lines.length > 1)
    ) {
      const dropped = this.#lines.shift()!
      this.#characters -= dropped.text.length
      this.cutLines++
      this.cutCharacters += dropped.text.length
    }
  }

  drain(): ConsoleLine[] {
    return this.#lines.splice(0)
  }
}

/**
 * Creates the log of one call: each line of the tool's console becomes a structured line with these
 * fields, within {@link consoleLimits}. `clean` removes what must not be logged.
 */
export function createConsoleLog(input: {
  readonly logger: Logger
  readonly fields: LogFields
  readonly clean: (text: string) => string
}): ConsoleLog {
  const logger = input.logger.child(input.fields)
  const first = new Room(consoleLimits.first)
  const late = new Room(consoleLimits.late)
  const tail = new Tail()
  let ended = false

  function log({ level, text, cut = 0 }: ConsoleLine): void {
    logger[level](cut === 0 ? {} : { cut_characters: cut }, text)
  }

  /** Logs a line as far as there is room; returns whether there was. */
  function logWithin(room: Room, line: ConsoleLine): boolean {
    const text = room.take(line.text)
    if (text === undefined) return false
    log({ ...line, text, cut: (line.cut ?? 0) + line.text.length - text.length })
    return true
  }

  return {
    write(raw) {
      const line = { ...raw, text: input.clean(raw.text) }
      if (ended) logWithin(late, line)
      else if (!logWithin(first, line)) tail.push(line)
    },
    end() {
      if (ended) return
      ended = true
      const lines = tail.drain()
      if (tail.cutLines > 0) {
        logger.warn(
          { cut_lines: tail.cutLines, cut_characters: tail.cutCharacters },
          'the tool printed too much; lines were cut here',
        )
      }
      for (const line of lines) log(line)
    },
  }
}
