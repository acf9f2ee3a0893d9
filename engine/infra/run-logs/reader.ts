import type { LogFilter, LogPage, PlacedLine, RunLogLine, RunLogReader } from '../../run-logs.ts'
import { cursorOf, placeOf, type WriterPlace } from './cursor.ts'
import { listSegments, runNameOf } from './files.ts'
import { mergeByTime, readWriter, type PlacedRecord } from './read-lines.ts'

/** Most characters of text on a page; one line is always there. */
const pageCharacters = 262_144
/** Most characters of text in the last lines of a run. */
const tailCharacters = 1_048_576

function matches(line: RunLogLine, { task, attempt, stream }: LogFilter): boolean {
  if (task !== undefined && line.task !== task && !line.task.startsWith(`${task}/`)) return false
  if (attempt !== undefined && line.attempt !== attempt) return false
  return stream === undefined || line.stream === stream
}

/** Follows a reader through the records of a run. */
class Progress {
  readonly #places: Map<string, WriterPlace>
  #leftOut = 0

  constructor(places: Map<string, WriterPlace>) {
    this.#places = places
  }

  /** Moves past a record; counts the lines of its writer that are gone before it. */
  pass({ writer, place, number, line }: PlacedRecord): void {
    const before = this.#places.get(writer)?.line ?? 0
    this.#leftOut += Math.max(0, number - before - 1) + (line.leftOut ?? 0)
    this.#places.set(writer, place)
  }

  /** Returns the line just passed, with all that is left out since the line before it. */
  place({ line: { leftOut: _own, ...line } }: PlacedRecord): PlacedLine {
    const leftOut = this.#leftOut
    this.#leftOut = 0
    return { line: leftOut === 0 ? line : { ...line, leftOut }, cursor: this.cursor() }
  }

  cursor(): string {
    return cursorOf(this.#places)
  }
}

/** Creates a reader of the logs in a folder, whichever process writes them. */
export function createLogReader(dir: string): RunLogReader {
  async function recordsOf(
    execId: string,
    places: ReadonlyMap<string, WriterPlace>,
  ): Promise<AsyncGenerator<PlacedRecord>> {
    const run = runNameOf(execId)
    const byWriter = await listSegments(dir, execId)
    const sources = [...byWriter].map(([writer, segments]) =>
      readWriter({ dir, run, writer, segments }, places.get(writer)),
    )
    return mergeByTime(sources)
  }

  return {
    async read(execId, { cursor, limit, ...filter }): Promise<LogPage> {
      const places = placeOf(cursor)
      const progress = new Progress(new Map(places))
      const lines: PlacedLine[] = []
      let characters = 0
      for await (const record of await recordsOf(execId, places)) {
        if (lines.length >= limit || characters > pageCharacters)
          return { lines, more: true, cursor: progress.cursor() }
        progress.pass(record)
        if (!matches(record.line, filter)) continue
        lines.push(progress.place(record))
        characters += record.line.text.length
      }
      return { lines, more: false, cursor: progress.cursor() }
    },

    async tail(execId, { lines: wanted, ...filter }): Promise<LogPage> {
      const progress = new Progress(new Map())
      const lines: PlacedLine[] = []
      let characters = 0
      for await (const record of await recordsOf(execId, new Map())) {
        progress.pass(record)
        if (!matches(record.line, filter)) continue
        lines.push(progress.place(record))
        characters += record.line.text.length
        while (lines.length > wanted || (characters > tailCharacters && lines.length > 1))
          characters -= lines.shift()!.line.text.length
      }
      return { lines, more: false, cursor: progress.cursor() }
    },
  }
}
