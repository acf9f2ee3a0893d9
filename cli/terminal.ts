import { CompozyError } from '../engine/core/errors.ts'
import { causesOf } from './error-causes.ts'
import { exitCodeOf } from './exit.ts'

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  readonly json: boolean
  /** True if standard error is a terminal that can be redrawn. */
  readonly interactive: boolean
  /** Prints a result for people; does nothing with `--json`. */
  print(line: string): void
  /** Prints one JSON object for programs; does nothing without `--json`. */
  emit(event: Readonly<Record<string, unknown>>): void
  /** Prints a line on standard error. */
  note(line: string): void
  /** Replaces the lines drawn last; does nothing without a terminal. */
  redraw(lines: readonly string[]): void
}

/** The streams that a terminal writes to. */
export interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> & {
    readonly columns?: number
    readonly rows?: number
  }
}

/** Replaces control characters: a tool's or server's text must not control the terminal. */
function visible(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}

/** Creates a terminal on two streams. */
export function createTerminal({ stdout, stderr }: Streams, json: boolean): Terminal {
  let drawn = 0
  // A wrapped line would take two rows, and the next redraw would start too low.
  const row = (line: string): string =>
    visible(line)
      .replaceAll(/[\n\t]/g, ' ')
      .slice(0, (stderr.columns || 80) - 1)

  return {
    json,
    interactive: stderr.isTTY && !json,
    print: (line) => {
      if (!json) stdout.write(`${visible(line)}\n`)
    },
    emit: (event) => {
      if (json) stdout.write(`${JSON.stringify(event)}\n`)
    },
    note: (line) => {
      stderr.write(`${visible(line)}\n`)
    },
    redraw: (lines) => {
      if (!stderr.isTTY || json) return
      // Lines that scrolled off the top cannot be redrawn.
      const room = Math.max(2, (stderr.rows || 24) - 1)
      const more = lines.length > room ? [`… and ${lines.length - room + 1} more`] : []
      const shown = [...lines.slice(0, room - more.length), ...more]
      const up = drawn > 0 ? `\u001B[${drawn}A` : ''
      stderr.write(`${up}\u001B[0J${shown.map((line) => `${row(line)}\n`).join('')}`)
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
    terminal.note('This is a bug in Compozy. Run it again with --log-level debug to see where.')
  if (debug) {
    for (const cause of causesOf(thrown))
      terminal.note(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
  }
  return exitCodeOf(error.code)
}
