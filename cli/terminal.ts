import { CompozyError } from '../engine/core/errors.ts'
import { causesOf } from './error-causes.ts'
import { exitCodeOf } from './exit.ts'
import { cutText, printableJson, styled, type Line } from './line.ts'

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  readonly json: boolean
  /** True if standard error is a terminal that can be redrawn. */
  readonly interactive: boolean
  /** Columns of standard output; undefined when it is not a terminal. */
  readonly width: number | undefined
  /** Prints a result for people; does nothing with `--json`. */
  print(line: Line): void
  /** Prints one JSON object for programs; does nothing without `--json`. */
  emit(event: Readonly<Record<string, unknown>>): void
  /** Prints a line on standard error. */
  note(line: Line): void
  /** Replaces the lines drawn last; does nothing without a terminal. */
  redraw(lines: readonly Line[]): void
  /** The whole screen; undefined when standard output is no terminal, or with `--json`. */
  readonly fullScreen: FullScreen | undefined
}

/** Draws on the whole terminal, apart from what was printed before. */
interface FullScreen {
  width(): number
  enter(): void
  /** Overwrites the screen row by row, without a blank moment between. */
  draw(lines: readonly Line[]): void
  onResize(listener: () => void): void
  leave(): void
}

/** The streams that a terminal writes to. */
export interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> & {
    readonly columns?: number
    readonly rows?: number
    readonly on?: (event: 'resize', listener: () => void) => unknown
  }
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> & {
    readonly columns?: number
    readonly rows?: number
  }
}

/** Reports whether the environment allows colors on a terminal: https://no-color.org. */
export function allowsColor(env: Readonly<Record<string, string | undefined>>): boolean {
  return !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

/** Creates a terminal on two streams. Colors appear only on a terminal, and only if allowed. */
export function createTerminal(
  { stdout, stderr }: Streams,
  json: boolean,
  { color = false }: { readonly color?: boolean } = {},
): Terminal {
  let drawn = 0
  const write = (stream: Streams['stdout'], line: Line): void => {
    stream.write(`${styled(line, color && stream.isTTY)}\n`)
  }
  // A wrapped line would take two rows, and the next redraw would start too low.
  const row = (line: Line): string =>
    styled(cutText(line, (stderr.columns || 80) - 1), color && stderr.isTTY)

  const fullScreen: FullScreen = {
    width: () => stdout.columns || 80,
    enter: () => void stdout.write('\u001B[?1049h\u001B[?25l'),
    draw(lines) {
      const columns = stdout.columns || 80
      const rows = lines
        .slice(0, stdout.rows || 24)
        .map((line) => `${styled(cutText(line, columns), color)}\u001B[K`)
      stdout.write(`\u001B[H${rows.join('\r\n')}\u001B[0J`)
    },
    onResize: (listener) => void stdout.on?.('resize', listener),
    leave: () => void stdout.write('\u001B[?25h\u001B[?1049l'),
  }

  return {
    json,
    fullScreen: stdout.isTTY && !json ? fullScreen : undefined,
    interactive: stderr.isTTY && !json,
    get width() {
      return stdout.isTTY ? stdout.columns || 80 : undefined
    },
    print: (line) => {
      if (!json) write(stdout, line)
    },
    emit: (event) => {
      if (json) stdout.write(`${printableJson(event)}\n`)
    },
    note: (line) => write(stderr, line),
    redraw: (lines) => {
      if (!stderr.isTTY || json) return
      // Lines that scrolled off the top cannot be redrawn.
      const room = Math.max(2, (stderr.rows || 24) - 1)
      const more = lines.length > room ? [`… and ${lines.length - room + 1} more`] : []
      const shown = [...lines.slice(0, room - more.length), ...more]
      const up = drawn > 0 ? `\u001B[${drawn}A` : ''
      // Row by row: a terminal may keep a screen that is cleared as a whole in its history.
      const rows = shown.map((line) => `${row(line)}\u001B[K\n`)
      const surplus = Math.max(0, drawn - shown.length)
      const back = surplus > 0 ? `${'\u001B[K\n'.repeat(surplus)}\u001B[${surplus}A` : ''
      if (rows.length + drawn > 0) stderr.write(`${up}${rows.join('')}${back}`)
      drawn = shown.length
    },
  }
}

/** Returns the message without its list of violations, which are printed one per line. */
function withoutViolations({ message, violations: [first] }: CompozyError): string {
  const list = first === undefined ? -1 : message.indexOf(`: ${first.pointer || '('}`)
  return list === -1 ? message : message.slice(0, list)
}

/** Prints an error and returns the exit code. Prints stacks only with `--log-level debug`. */
export function reportError(thrown: unknown, terminal: Terminal, debug: boolean): number {
  const error = CompozyError.from(thrown)
  const message = error.message.replaceAll(/^error: /gm, '')
  terminal.emit({ event: 'error', code: error.code, message, violations: error.violations })
  // Messages of diagnostics and settings already contain `error:`, once per problem.
  const told = /^(?:[^\n]*: )?(?:error|warning): /.test(error.message)
  terminal.note(told ? error.message : `error: ${withoutViolations(error)}`)
  for (const violation of error.violations)
    terminal.note(`  ${violation.pointer || '(whole input)'}: ${violation.message}`)
  if (error.code === 'internal' && !debug)
    terminal.note(
      'This is a bug in Compozy. COMPOZY_LOG_LEVEL=debug shows where, when you run it again.',
    )
  if (debug) {
    for (const cause of causesOf(thrown))
      terminal.note(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
  }
  return exitCodeOf(error.code)
}
