/** Where a line of a tool came from: a raw stream, or a method of the console by its level. */
export const logStreams = ['stdout', 'stderr', 'debug', 'info', 'warn', 'error'] as const

/** One of {@link logStreams}. */
export type LogStream = (typeof logStreams)[number]

/** One line that a tool printed in a run. */
export interface RunLogLine {
  /** When it was printed, ms since 1970. */
  readonly at: number
  /** ids of the task and the containers around it, joined by `/`. */
  readonly task: string
  readonly attempt: number
  readonly tool: string
  readonly stream: LogStream
  readonly text: string
  /** Characters cut from its end. */
  readonly cutCharacters?: number
  /** Lines left out just before this one, because there were too many. */
  readonly leftOut?: number
}

/** Which lines of a run to read; every filter must hold. */
export interface LogFilter {
  readonly task?: string
  readonly attempt?: number
  readonly stream?: LogStream
}

/** A line, and the cursor of the place after it. */
export interface PlacedLine {
  readonly line: RunLogLine
  readonly cursor: string
}

/** Lines of a run, oldest first. */
export interface LogPage {
  readonly lines: readonly PlacedLine[]
  /** Whether more lines are there to read now. */
  readonly more: boolean
  /** The place after the last line that was looked at. */
  readonly cursor: string
}

/** Takes what tools print, by run. */
export interface RunLogSink {
  /** Keeps a line. Never waits and never throws: what cannot be kept is dropped and counted. */
  append(execId: string, line: RunLogLine): void
}

/** Reads what the tools of a run printed. */
export interface RunLogReader {
  /**
   * Reads at most `limit` lines after `cursor`, from the first one on without it. Throws
   * CompozyError `input_invalid` for a cursor that no answer gave.
   */
  read(
    execId: string,
    query: { readonly cursor?: string; readonly limit: number } & LogFilter,
  ): Promise<LogPage>
  /** Reads the last `lines` lines. */
  tail(execId: string, query: { readonly lines: number } & LogFilter): Promise<LogPage>
}
