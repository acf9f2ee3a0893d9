import { CompozyError } from '../engine/core/errors.ts'
import { causesOf } from './causes.ts'
import { exitCodeOf } from './exit.ts'

/** Where a command writes. Standard output carries results, standard error everything else. */
export interface Terminal {
  readonly json: boolean
  /** Standard error is a terminal that may be redrawn. */
  readonly interactive: boolean
  /** A line of result for people; silent with `--json`. */
  print(line: string): void
  /** One JSON object a line for programs; silent without `--json`. */
  emit(event: Readonly<Record<string, unknown>>): void
  /** A line on standard error. */
  note(line: string): void
  /** Replaces what was last redrawn by these lines; nothing where standard error is no terminal. */
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

/** Text of others (a tool's message, a server's answer) can't move the cursor or recolour the terminal. */
function visible(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}

/** A terminal on two streams. */
export function createTerminal({ stdout, stderr }: Streams, json: boolean): Terminal {
  let drawn = 0
  // A line that wraps or breaks would take two rows, and the next redraw would start too low.
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
      // What has scrolled off the top can't be redrawn either.
      const room = Math.max(2, (stderr.rows || 24) - 1)
      const more = lines.length > room ? [`… and ${lines.length - room + 1} more`] : []
      const shown = [...lines.slice(0, room - more.length), ...more]
      const up = drawn > 0 ? `\u001B[${drawn}A` : ''
      stderr.write(`${up}\u001B[0J${shown.map((line) => `${row(line)}\n`).join('')}`)
      drawn = shown.length
    },
  }
}

/** The message up to its own list of the violations, which follow a line each. */
function withoutViolations({ message, violations: [first] }: CompozyError): string {
  const list = first === undefined ? -1 : message.indexOf(`: ${first.pointer || '('}`)
  return list === -1 ? message : message.slice(0, list)
}

/** Shows an error as its reader needs it and gives the exit code. A stack is shown only with `--log-level debug`. */
export function reportError(thrown: unknown, terminal: Terminal, debug: boolean): number {
  const error = CompozyError.from(thrown)
  const message = error.message.replaceAll(/^error: /gm, '')
  terminal.emit({ event: 'error', code: error.code, message, violations: error.violations })
  // Diagnostics and settings say `error:` themselves, once for each thing that is wrong.
  const told = /^(?:[^\n]*: )?(?:error|warning): /.test(error.message)
  terminal.note(told ? error.message : `error: ${withoutViolations(error)}`)
  for (const violation of error.violations)
    terminal.note(`  ${violation.pointer || '(whole input)'}: ${violation.message}`)
  if (error.code === 'internal' && !debug)
    terminal.note('This is a defect of Compozy. --log-level debug shows where.')
  if (debug) {
    for (const cause of causesOf(thrown))
      terminal.note(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
  }
  return exitCodeOf(error.code)
}
