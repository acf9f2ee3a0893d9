import type { CommandContext } from '../command.ts'
import type { Line } from '../line.ts'

/** The whole terminal, while a command shows something live. */
export interface LiveScreen {
  /** Aborted by q, Ctrl-C or a signal. */
  readonly closed: AbortSignal
  /** Draws lines from the top, and again when the terminal is resized. */
  draw(lines: (width: number) => readonly Line[]): void
  /** Gives the terminal back as it was. */
  close(): void
}

/** Takes the whole terminal; undefined when standard output is none, or with `--json`. */
export function openScreen({ terminal, signal }: CommandContext): LiveScreen | undefined {
  const { fullScreen } = terminal
  if (fullScreen === undefined) return undefined
  const { stdin } = process
  const quit = new AbortController()
  const onKey = (key: Buffer): void => {
    if (['q', 'Q', '\u0003', '\u0004'].includes(key.toString())) quit.abort()
  }
  let shown: (width: number) => readonly Line[] = () => []
  const redraw = (): void => fullScreen.draw(shown(fullScreen.width()))
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.on('data', onKey)
  fullScreen.onResize(redraw)
  fullScreen.enter()
  return {
    closed: AbortSignal.any([signal, quit.signal]),
    draw(lines) {
      shown = lines
      redraw()
    },
    close() {
      stdin.off('data', onKey)
      if (stdin.isTTY) stdin.setRawMode(false)
      stdin.pause()
      fullScreen.leave()
    },
  }
}
