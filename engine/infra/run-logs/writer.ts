import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import type { Logger } from '../../core/logger.ts'
import type { LogDropReason } from '../../core/observation.ts'
import type { RunLogLine, RunLogSink } from '../../run-logs.ts'
import { logFilePath, runNameOf, shardOf } from './files.ts'
import { writeRecord } from './record.ts'

/** Bounds of what one process keeps of one run, and of what waits for the disk. */
export const logBounds = {
  /** The first lines of a run. */
  headBytes: 1_048_576,
  /** The last lines of a run: so many segments of this size. */
  tailSegments: 4,
  tailSegmentBytes: 524_288,
  /** Lines that wait to be written. */
  queueBytes: 16_777_216,
  /** Runs whose place in their files is remembered; a run beyond them starts new files. */
  openRuns: 10_000,
} as const

/** How long lines wait for others before they are written, ms: what a crash can lose. */
const flushEveryMs = 100
/** Least time between two warnings about the disk, ms. */
const warnEveryMs = 60_000

/** How a writer is created. */
export interface LogWriterOptions {
  readonly dir: string
  readonly logger: Logger
  readonly onDropped: (reason: LogDropReason, lines: number) => void
  /** Called with the bytes that were written. */
  readonly onWritten: (bytes: number) => void
}

/** Writes lines to the files of their runs. */
export interface LogWriter extends RunLogSink {
  /** Resolves once the lines of a run that were appended until now are written, or given up. */
  written(execId: string): Promise<void>
  /** Writes what waits, then takes no more lines. */
  close(): Promise<void>
}

interface WrittenSegment {
  readonly segment: number
  lines: number
}

interface QueuedLine {
  readonly text: string
  readonly bytes: number
}

/** What a process has written of one run. */
class OpenRun {
  readonly run: string
  readonly execId: string
  readonly writer = randomBytes(4).toString('hex')
  readonly tail: WrittenSegment[] = []
  readonly queue: QueuedLine[] = []
  segment = 0
  bytes = 0
  lines = 0
  /** Lines that were queued and, of these, lines that no longer wait. */
  queued = 0
  settled = 0
  readonly #readers: { readonly from: number; readonly go: () => void }[] = []

  constructor(execId: string) {
    this.execId = execId
    this.run = runNameOf(execId)
  }

  /** Resolves once the lines that are queued now have settled. */
  settling(): Promise<void> {
    if (this.settled >= this.queued) return Promise.resolve()
    return new Promise((go) => void this.#readers.push({ from: this.queued, go }))
  }

  settle(lines: number): void {
    this.settled += lines
    while (this.#readers.length > 0 && this.#readers[0]!.from <= this.settled)
      this.#readers.shift()!.go()
  }

  get room(): number {
    const size = this.segment === 0 ? logBounds.headBytes : logBounds.tailSegmentBytes
    return size - this.bytes
  }
}

class FileLogWriter implements LogWriter {
  readonly #options: LogWriterOptions
  readonly #runs = new Map<string, OpenRun>()
  #waiting = new Set<OpenRun>()
  #queuedBytes = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #closed = false
  #warnedAt = -Infinity

  constructor(options: LogWriterOptions) {
    this.#options = options
  }

  append(execId: string, line: RunLogLine): void {
    if (this.#closed) return
    const run = this.#runOf(execId)
    // A number that no file has tells readers that a line is left out.
    const number = ++run.lines
    if (line.leftOut !== undefined) this.#options.onDropped('call_limit', line.leftOut)
    if (this.#queuedBytes > logBounds.queueBytes) return this.#options.onDropped('queue_full', 1)
    const text = writeRecord({ number, line })
    const bytes = Buffer.byteLength(text)
    run.queue.push({ text, bytes })
    run.queued++
    this.#queuedBytes += bytes
    this.#waiting.add(run)
    this.#timer ??= setTimeout(() => void this.#flush(), flushEveryMs).unref()
  }

  written(execId: string): Promise<void> {
    const settling = this.#runs.get(execId)?.settling() ?? Promise.resolve()
    if (this.#waiting.size > 0) void this.#flush()
    return settling
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#flush()
  }

  #runOf(execId: string): OpenRun {
    const found = this.#runs.get(execId)
    if (found !== undefined) {
      // The map is in the order of use: the first is the one that printed longest ago.
      this.#runs.delete(execId)
      this.#runs.set(execId, found)
      return found
    }
    const run = new OpenRun(execId)
    this.#runs.set(execId, run)
    if (this.#runs.size > logBounds.openRuns) this.#runs.delete(this.#runs.keys().next().value!)
    return run
  }

  /** Writes until nothing waits; one at a time, so that the lines of a run keep their order. */
  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return (this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined
    }))
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const waiting = this.#waiting
      this.#waiting = new Set()
      for (const run of waiting) await this.#writeRun(run)
    }
  }

  async #writeRun(run: OpenRun): Promise<void> {
    const lines = run.queue.splice(0)
    while (lines.length > 0) {
      if (run.room <= 0) await this.#nextSegment(run)
      let bytes = 0
      let count = 0
      while (count < lines.length && (count === 0 || bytes < run.room))
        bytes += lines[count++]!.bytes
      const batch = lines.splice(0, count)
      this.#queuedBytes -= bytes
      await this.#writeBatch(run, batch.map(({ text }) => text).join(''), { bytes, count })
    }
  }

  async #writeBatch(
    run: OpenRun,
    text: string,
    { bytes, count }: { bytes: number; count: number },
  ): Promise<void> {
    const { dir, onWritten, onDropped } = this.#options
    const path = logFilePath(dir, run)
    // The first line of a file says for people whose it is; readers skip it.
    const header = run.bytes === 0 ? `${JSON.stringify({ exec_id: run.execId })}\n` : ''
    try {
      await appendTo(path, header + text, shardOf(dir, run.run))
      run.bytes += header.length + bytes
      if (run.segment > 0) run.tail.at(-1)!.lines += count
      onWritten(bytes)
    } catch (error) {
      onDropped('disk_error', count)
      this.#warn(error)
      // The line may be torn: nothing may follow it in the same file.
      if (run.bytes === 0) await rm(path, { force: true }).catch(() => undefined)
      else await this.#nextSegment(run)
    } finally {
      run.settle(count)
    }
  }

  /** Begins the next file of a run; removes the oldest of its last ones when there are too many. */
  async #nextSegment(run: OpenRun): Promise<void> {
    run.segment++
    run.bytes = 0
    run.tail.push({ segment: run.segment, lines: 0 })
    if (run.tail.length <= logBounds.tailSegments) return
    const { segment, lines } = run.tail.shift()!
    const { dir, onDropped } = this.#options
    if (lines > 0) onDropped('run_limit', lines)
    await rm(logFilePath(dir, { run: run.run, writer: run.writer, segment }), {
      force: true,
    }).catch(() => undefined)
  }

  #warn(error: unknown): void {
    const now = performance.now()
    if (now - this.#warnedAt < warnEveryMs) return
    this.#warnedAt = now
    const { dir, logger } = this.#options
    const reason = error instanceof Error ? error.message : String(error)
    logger.warn({ dir, reason }, 'lines of tools could not be kept; the runs are not affected')
  }
}

/** Appends to a file that only this user can read; makes its folder the first time. */
async function appendTo(path: string, text: string, folder: string): Promise<void> {
  try {
    await appendFile(path, text, { mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await appendFile(path, text, { mode: 0o600 })
  }
}

/**
 * Creates the writer of one process. Appending only queues; a failing or full disk loses lines and
 * counts them, and affects no run.
 */
export function createLogWriter(options: LogWriterOptions): LogWriter {
  return new FileLogWriter(options)
}
