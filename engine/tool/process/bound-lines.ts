import type { ConsoleLine, ConsoleLog } from './console-log.ts'

interface Bound {
  readonly lines: number
  readonly characters: number
}

/**
 * Bounds on what one call prints. The first lines pass at once; of the rest, the last ones pass
 * when the call ends. `late` lines come after the end.
 */
export interface LineBounds {
  readonly first: Bound
  readonly last: Bound
  readonly late: Bound
}

/** A line with the moment at which it was printed, ms since 1970. */
interface TimedLine extends ConsoleLine {
  readonly at: number
}

/** What was left out just before a line. */
interface LinesLeftOut {
  readonly lines: number
  readonly characters: number
}

/** Room for a number of lines and characters. */
class Room {
  #lines: number
  #characters: number

  constructor({ lines, characters }: Bound) {
    this.#lines = lines
    this.#characters = characters
  }

  /** Takes a line; returns what of it fits, undefined if nothing does. */
  take(line: TimedLine): TimedLine | undefined {
    if (this.#lines <= 0 || this.#characters <= 0) return undefined
    const text = line.text.slice(0, this.#characters).toWellFormed()
    this.#lines--
    this.#characters -= text.length
    return { ...line, text, cut: (line.cut ?? 0) + line.text.length - text.length }
  }
}

/** The last lines of a longer output. */
class Tail {
  readonly #bound: Bound
  #lines: TimedLine[] = []
  /** The lines before this index are dropped: removing each from the front would cost more. */
  #from = 0
  #characters = 0
  #dropped = { lines: 0, characters: 0 }

  constructor(bound: Bound) {
    this.#bound = bound
  }

  push(line: TimedLine): void {
    this.#lines.push(line)
    this.#characters += line.text.length
    while (this.#isOver()) {
      const dropped = this.#lines[this.#from++]!
      this.#characters -= dropped.text.length
      this.#dropped.lines++
      this.#dropped.characters += dropped.text.length
    }
    if (this.#from < this.#bound.lines) return
    this.#lines = this.#lines.slice(this.#from)
    this.#from = 0
  }

  #isOver(): boolean {
    const count = this.#lines.length - this.#from
    return count > this.#bound.lines || (this.#characters > this.#bound.characters && count > 1)
  }

  drain(): { readonly lines: readonly TimedLine[]; readonly dropped: LinesLeftOut | undefined } {
    const lines = this.#lines.slice(this.#from)
    this.#lines = []
    this.#from = 0
    return { lines, dropped: this.#dropped.lines === 0 ? undefined : this.#dropped }
  }
}

/** Creates a log that passes on the first and the last lines of a call. */
export function boundLines(
  { first, last, late }: LineBounds,
  emit: (line: TimedLine, leftOut?: LinesLeftOut) => void,
): ConsoleLog {
  const early = new Room(first)
  const afterEnd = new Room(late)
  const tail = new Tail(last)
  let ended = false
  return {
    write(printed) {
      const line = { ...printed, at: Date.now() }
      const shown = (ended ? afterEnd : early).take(line)
      if (shown !== undefined) emit(shown)
      else if (!ended) tail.push(line)
    },
    end() {
      if (ended) return
      ended = true
      const { lines, dropped } = tail.drain()
      for (const [index, line] of lines.entries()) emit(line, index === 0 ? dropped : undefined)
    },
  }
}
