import type { Command, NamedCommand } from './command.ts'
import { commonFlags, formatFlags } from './flags.ts'
import { hangText, wrapParagraphs } from './wrap.ts'

/** Columns of help where it is read without a terminal, and its widest table of flags. */
const wide = { text: 120, flags: 100 } as const

/** Returns the text of `compozy --help`, for a terminal of so many columns. */
export function mainHelp(
  commands: readonly NamedCommand[],
  version: string,
  columns: number = wide.text,
): string {
  const left = Math.max(...commands.map(({ name }) => name.length)) + 2
  const list = commands.map(({ name, summary }) =>
    hangText(`  ${name.padEnd(left)}`, summary, columns),
  )
  const text = `compozy ${version}: workflows in YAML that run durably on Temporal, monitored with Prometheus

Usage: compozy COMMAND [flags]

${list.join('\n')}

Start here:
  compozy init hello
  compozy run hello --cwd hello --input '{"name":"Ada"}'
  compozy dev --cwd hello

Run compozy COMMAND --help for details. Exit codes: 0 clean, 1 failed at run time, 2 bad input.`
  return wrapParagraphs(text, columns)
}

/** Returns the text of `compozy COMMAND --help`, for a terminal of so many columns. */
export function commandHelp(
  { name, summary }: NamedCommand,
  command: Command,
  columns: number = wide.text,
): string {
  const { positionals, flags, details } = command
  const usage = hangText(`Usage: compozy ${name} `, [...positionals, '[flags]'].join(' '), columns)
  const table = formatFlags({ ...flags, ...commonFlags }, Math.min(columns, wide.flags))
  const about = wrapParagraphs(details.trim(), columns)
  return `${wrapParagraphs(summary, columns)}\n\n${usage}\n\nFlags:\n${table}\n\n${about}`
}
