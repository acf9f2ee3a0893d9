/** Where the lines of a tool's stdout or stderr go. */
export interface LineHandlers {
  /** Gets the JSON text of a line that carries the token. */
  readonly onMessage: (json: string) => void
  /**
   * Gets any other line, or a part of one that is too long: something bypassed the tool sandbox.
   */
  readonly onNoise: (line: string) => void
  /**
   * Called when a line with the token exceeds its limit; the reader ignores everything after it.
   */
  readonly onTooLong: () => void
}

/** Longest line without a token; longer ones arrive in parts. */
const longestNoise = 65_536

/**
 * Creates a reader that splits the output of a tool's process into lines of the protocol and noise.
 * Any code in the process can write there; lines of the protocol begin with the token.
 *
 * @returns takes the next piece of output
 */
export function createLineReader(
  { token, longest }: { token: string; longest: number },
  { onMessage, onNoise, onTooLong }: LineHandlers,
): (piece: string) => void {
  let parts: string[] = []
  let length = 0
  let broken = false

  function flush(line: string): void {
    parts = []
    length = 0
    if (line.startsWith(token)) onMessage(line.slice(token.length))
    else if (line !== '') onNoise(line)
  }

  /** Keeps the start of a line until its end arrives. */
  function keep(rest: string): void {
    parts.push(rest)
    length += rest.length
    const isNoise = length >= token.length && !(parts[0]! + (parts[1] ?? '')).startsWith(token)
    if (isNoise && length > longestNoise) flush(parts.join(''))
    if (length <= longest) return
    broken = true
    parts = []
    onTooLong()
  }

  return (piece) => {
    const lines = piece.split('\n')
    const rest = lines.pop()!
    for (const line of lines) {
      if (broken) return
      if (length + line.length > longest) keep(line)
      else flush(length === 0 ? line : parts.join('') + line)
    }
    if (rest !== '' && !broken) keep(rest)
  }
}
