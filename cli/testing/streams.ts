import { defined } from '../../engine/core/defined.ts'
import type { Streams } from '../terminal.ts'

/**
 * Streams that keep what is written, for tests; `columns` makes standard error a terminal that
 * wide, 6 rows high.
 */
export function captureStreams(columns?: number): {
  streams: Streams
  stdout(): string
  stderr(): string
} {
  const written = { stdout: '', stderr: '' }
  const into = (name: keyof typeof written) => (text: string | Uint8Array) => {
    written[name] += String(text)
    return true
  }
  return {
    streams: {
      stdout: { isTTY: false, write: into('stdout') },
      stderr: defined({
        isTTY: columns !== undefined,
        write: into('stderr'),
        columns,
        rows: columns === undefined ? undefined : 6,
      }),
    },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  }
}
