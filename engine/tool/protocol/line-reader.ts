/** Where the lines of a tool's stdout or stderr go. */
export interface LineHandlers {
  /** Gets the JSON text of a line that carries the token. */
  readonly onMessage: (json: string) => void
  /**
   * Gets any other line: something bypassed the tool sandbox. `cut` counts the characters that are
   * cut from its end.
   */
  readonly onNoise: (line: string, cut: number) => void
  /**
   * Called when a line with the token exceeds its limit; the reader ignores everything after it.
   */
  readonly onTooLong: () => void
}

/** Reads the output of a process. */
export interface LineReader {
  /** Takes the next piece of output. */
  read(piece: string): void
  /** Passes on a last line that has no end, unless it carries the token. */
  end(): void
}

/** Longest line without a token; the rest of a longer one is counted and dropped. */
const longestNoise = 65_536

/**
 * Creates a reader that splits the output of a tool's process into lines of the protocol and noise.
 * Any code in the process can write there; lines of the protocol begin with the token.
 */
export function createLineReader(
  { token, longest }: { token: string; longest: number },
  { onMessage, onNoise, onTooLong }: LineHandlers,
): LineReader {
  let parts: string[] = []
  let length = 0
  let cut = 0
  let kind: 'message' | 'noise' | undefined
  let broken = false

  /** Keeps a part of a line until its end arrives. */
  function keep(part: string): void {
    if (cut > 0) {
      cut += part.length
      return
    }
    parts.push(part)
    length += part.length
    if (kind === undefined && length >= token.length) {
      parts = [parts.join('')]
      kind = parts[0]!.startsWith(token) ? 'message' : 'noise'
    }
    if (kind === 'noise' && length > longestNoise) {
      parts = [parts.join('').slice(0, longestNoise)]
      cut = length - longestNoise
    } else if (kind === 'message' && length > longest) {
      broken = true
      parts = []
      onTooLong()
    }
  }

  function finish(): void {
    const line = parts.join('')
    const [isMessage, dropped] = [kind === 'message', cut]
    parts = []
    length = 0
    cut = 0
    kind = undefined
    if (isMessage) onMessage(line.slice(token.length))
    else if (line !== '') onNoise(line, dropped)
  }

  return {
    read(piece) {
      const lines = piece.split('\n')
      const rest = lines.pop()!
      for (const line of lines) {
        if (broken) return
        // A flood of empty lines costs no more than their splitting.
        if (line === '' && length === 0) continue
        keep(line)
        if (!broken) finish()
      }
      if (rest !== '' && !broken) keep(rest)
    },
    end() {
      if (!broken && kind !== 'message') finish()
    },
  }
}
