import { toolLimits } from '../limits.ts'
import type { ConsoleLine, ConsoleLog } from './console-log.ts'

const longest = toolLimits.consoleCharacters

/** Appends a piece to the beginning of its line; beyond the longest line it is counted only. */
function append(start: ConsoleLine, piece: ConsoleLine): ConsoleLine {
  const cut = (start.cut ?? 0) + (piece.cut ?? 0)
  if (start.text.length >= longest) return { ...start, cut: cut + piece.text.length }
  const whole = start.text + piece.text
  const text = whole.length > longest ? whole.slice(0, longest).toWellFormed() : whole
  return { ...start, text, cut: cut + whole.length - text.length }
}

/**
 * Returns a log that passes whole lines on to another one. A line that is still open is kept until
 * it ends, another stream prints, or the call ends. Empty lines of stdout and stderr are left out.
 */
export function joinPieces(log: ConsoleLog): ConsoleLog {
  let kept: ConsoleLine | undefined
  let ended = false

  function pass(line: ConsoleLine): void {
    const isRaw = line.stream === 'stdout' || line.stream === 'stderr'
    if (line.text !== '' || !isRaw) log.write(line)
  }

  function release(): void {
    const line = kept
    kept = undefined
    if (line !== undefined) pass(line)
  }

  return {
    write(piece) {
      if (kept !== undefined && kept.stream !== piece.stream) release()
      const line = kept === undefined ? piece : append(kept, piece)
      kept = undefined
      if (piece.isOpen === true && !ended) kept = line
      else pass(line)
    },
    end() {
      release()
      ended = true
      log.end()
    },
  }
}
