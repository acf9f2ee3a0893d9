import { defined } from '../../core/defined.ts'
import { logStreams, type LogStream, type RunLogLine } from '../../run-logs.ts'

/** A line as a file holds it, with its number among the lines of its writer in this run. */
export interface LogRecord {
  readonly number: number
  readonly line: RunLogLine
}

/** Writes a record as one line of JSON. Its keys are a format: files of older builds are read. */
export function writeRecord({ number, line }: LogRecord): string {
  const { at, task, attempt, tool, stream, text, cutCharacters, leftOut } = line
  const record = { n: number, at, task, attempt, tool, stream, text }
  return `${JSON.stringify({ ...record, cut: cutCharacters, left_out: leftOut })}\n`
}

/** Reads a record; undefined for a line that is torn, a header or not a record at all. */
export function readRecord(json: string): LogRecord | undefined {
  const raw = parse(json)
  if (raw === undefined) return undefined
  const { n, at, task, attempt, tool, stream, text, cut, left_out } = raw
  if (typeof n !== 'number' || typeof at !== 'number' || typeof text !== 'string') return undefined
  if (typeof task !== 'string' || typeof attempt !== 'number' || typeof tool !== 'string')
    return undefined
  if (!isStream(stream)) return undefined
  const cutCharacters = typeof cut === 'number' ? cut : undefined
  const leftOut = typeof left_out === 'number' ? left_out : undefined
  const line = defined({ at, task, attempt, tool, stream, text, cutCharacters, leftOut })
  return { number: n, line }
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(json)
    return typeof raw === 'object' && raw !== null ? { ...raw } : undefined
  } catch {
    return undefined
  }
}

const isStream = (value: unknown): value is LogStream =>
  logStreams.some((stream) => stream === value)
