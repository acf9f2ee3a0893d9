/** Where the lines of a tool's stdout go. */
export interface LineHandlers {
  /** The JSON text of a line that carries the token: the sandbox's own. */
  readonly onReply: (json: string) => void
  /** Any other line: the tool wrote to stdout itself. */
  readonly onNoise: (line: string) => void
}

/**
 * Splits the stdout of a tool's process into the sandbox's replies and noise. Any code in the process can write to
 * stdout; only the sandbox knows the token.
 *
 * @returns takes the next piece of output
 */
export function readReplyLines(
  token: string,
  { onReply, onNoise }: LineHandlers,
): (piece: string) => void {
  let parts: string[] = []
  const flush = (line: string) => {
    if (line.startsWith(token)) onReply(line.slice(token.length))
    else if (line !== '') onNoise(line)
  }
  return (piece) => {
    const lines = piece.split('\n')
    const rest = lines.pop()!
    for (const line of lines) {
      const whole = parts.length === 0 ? line : parts.join('') + line
      parts = []
      flush(whole)
    }
    if (rest !== '') parts.push(rest)
  }
}
