import type { LogStream } from '../../run-logs.ts'
import type { LogEntry } from '../protocol/protocol.ts'
import type { ConsoleLine, ConsoleLog } from './console-log.ts'

/** Takes a line that a tool prints. */
export type PrintLine = (line: ConsoleLine) => void

/** Ended calls whose late lines are still told apart. */
const rememberedCalls = 8

/** Finds the log that a line of a process belongs to. */
export class CallPrinters {
  readonly #openOutside: () => ConsoleLog
  readonly #byCall = new Map<number, PrintLine>()
  #outside: ConsoleLog
  #loading: PrintLine | undefined
  #calls = 0

  constructor(openOutside: () => ConsoleLog) {
    this.#openOutside = openOutside
    this.#outside = openOutside()
  }

  startLoading(print: PrintLine): void {
    this.#loading = print
  }

  startCall(id: number, print: PrintLine): void {
    this.#calls++
    // Lines outside have their bounds anew: a process may serve thousands of calls.
    this.#outside.end()
    this.#outside = this.#openOutside()
    this.#byCall.set(id, print)
    if (this.#byCall.size > rememberedCalls) this.#byCall.delete(this.#byCall.keys().next().value!)
  }

  /** Prints what the sandbox captured: it knows the call. While the tool loads there is none. */
  printEntry({ stream, call, text, cut }: LogEntry): void {
    const ofCall = call === null ? this.#whileLoading() : this.#byCall.get(call)
    const print = ofCall ?? this.#printOutside
    if (stream !== 'stdout' && stream !== 'stderr') return print({ stream, text, cut })
    // What the tool wrote, as it wrote it: lines, and the beginning of one.
    const lines = text.split('\n')
    const rest = lines.pop()!
    for (const [index, line] of lines.entries()) {
      // Of empty lines, only the first can end anything; a flood of them costs their splitting.
      if (line !== '' || index === 0) print({ stream, text: line })
    }
    if (rest !== '' || cut > 0) print({ stream, text: rest, cut, isOpen: true })
  }

  /**
   * Prints what bypassed the sandbox. Only in the first call of a process can it come from nowhere
   * else; later it may be left over from an earlier run.
   */
  printNoise(stream: LogStream, text: string, cut: number): void {
    const first =
      this.#calls <= 1 ? (this.#byCall.values().next().value ?? this.#loading) : undefined
    const print = first ?? this.#printOutside
    print({ stream, text, cut })
  }

  /** Takes no more lines. */
  end(): void {
    this.#outside.end()
  }

  readonly #printOutside: PrintLine = (line) => this.#outside.write(line)

  #whileLoading(): PrintLine | undefined {
    return this.#calls === 0 ? this.#loading : undefined
  }
}
