import type { Terminal } from '../terminal.ts'

/** Progress of a long operation. Sizes in bytes. */
export interface Progress {
  readonly stage: string
  readonly received?: number
  readonly total?: number
}

const width = 24
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

/** Formats progress as one line, with a bar if the total size is known. */
export function formatProgress({ stage, received, total }: Progress): string {
  if (received === undefined) return `${stage} …`
  if (total === undefined || total === 0) return `${stage} … ${megabytes(received)}`
  const share = Math.min(1, received / total)
  const full = Math.round(share * width)
  const bar = '█'.repeat(full) + '░'.repeat(width - full)
  return `${stage} ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${megabytes(received)} of ${megabytes(total)}`
}

/** Shows progress: on a terminal as one redrawn line, elsewhere as one line per stage. */
export function createProgress(terminal: Terminal): {
  update(progress: Progress): void
  done(): void
} {
  let stage = ''
  return {
    update(progress) {
      terminal.redraw([formatProgress(progress)])
      if (progress.stage === stage) return
      stage = progress.stage
      if (!terminal.interactive && !terminal.json) terminal.note(`${stage} …`)
      terminal.emit({ event: 'progress', stage })
    },
    done: () => terminal.redraw([]),
  }
}
