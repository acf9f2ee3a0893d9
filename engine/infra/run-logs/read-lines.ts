import { open, type FileHandle } from 'node:fs/promises'
import type { WriterPlace } from './cursor.ts'
import { logFilePath } from './files.ts'
import { readRecord, type LogRecord } from './record.ts'

/** A record, and the place after it in the lines of its writer. */
export interface PlacedRecord extends LogRecord {
  readonly writer: string
  readonly place: WriterPlace
}

/** The segments of one writer of a run. */
export interface WriterFiles {
  readonly dir: string
  readonly run: string
  readonly writer: string
  readonly segments: readonly number[]
}

const chunkBytes = 65_536
const lineFeed = 10

/** Yields the complete lines of a file after `offset`, each with the offset after it. */
async function* linesOf(
  file: FileHandle,
  offset: number,
): AsyncGenerator<{ readonly text: string; readonly end: number }> {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let pending: Buffer[] = []
  let at = offset
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, at)
    if (bytesRead === 0) return
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0 && end < bytesRead;) {
      pending.push(chunk.subarray(from, end))
      yield { text: Buffer.concat(pending).toString(), end: at + end + 1 }
      pending = []
      from = end + 1
      end = chunk.indexOf(lineFeed, from)
    }
    // A copy: the chunk is read over.
    if (from < bytesRead) pending.push(Buffer.from(chunk.subarray(from, bytesRead)))
    at += bytesRead
  }
}

/** Opens a file; undefined when it was removed after it was listed. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Yields the records of one writer after a place. A line without its end is being written, or was
 * cut off by a crash: it is read when it is complete, or never.
 */
export async function* readWriter(
  { dir, run, writer, segments }: WriterFiles,
  start: WriterPlace | undefined,
): AsyncGenerator<PlacedRecord> {
  for (const segment of segments) {
    if (start !== undefined && segment < start.segment) continue
    const file = await openIfThere(logFilePath(dir, { run, writer, segment }))
    if (file === undefined) continue
    try {
      const offset = start?.segment === segment ? start.offset : 0
      for await (const { text, end } of linesOf(file, offset)) {
        const record = readRecord(text)
        if (record === undefined) continue
        yield { ...record, writer, place: { segment, offset: end, line: record.number } }
      }
    } finally {
      await file.close()
    }
  }
}

/** Merges the records of several writers by time. */
export async function* mergeByTime(
  sources: readonly AsyncGenerator<PlacedRecord>[],
): AsyncGenerator<PlacedRecord> {
  const heads: { source: AsyncGenerator<PlacedRecord>; record: PlacedRecord }[] = []
  try {
    for (const source of sources) {
      const { value, done } = await source.next()
      if (done !== true) heads.push({ source, record: value })
    }
    while (heads.length > 0) {
      const first = heads.reduce((a, b) => (b.record.line.at < a.record.line.at ? b : a))
      yield first.record
      const { value, done } = await first.source.next()
      if (done === true) heads.splice(heads.indexOf(first), 1)
      else first.record = value
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)))
  }
}
