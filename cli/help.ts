import type { Command, NamedCommand } from './command.ts'
import { commonFlags, formatFlags } from './flags.ts'

/** Returns the text of `compozy --help`. */
export function mainHelp(commands: readonly NamedCommand[], version: string): string {
  const left = Math.max(...commands.map(({ name }) => name.length)) + 2
  return `compozy ${version}: workflows in YAML that run durably on Temporal, monitored with Prometheus

Usage: compozy COMMAND [flags]

${commands.map(({ name, summary }) => `  ${name.padEnd(left)}${summary}`).join('\n')}

Start here:
  compozy dev --cwd examples/quickstart
  compozy run order --cwd examples/quickstart --input '{"items":[{"sku":"apple"}]}'

Run compozy COMMAND --help for details. Exit codes: 0 clean, 1 failed at run time, 2 bad input.`
}

/** Returns the text of `compozy COMMAND --help`. */
export function commandHelp({ name, summary }: NamedCommand, command: Command): string {
  const { positionals, flags, details } = command
  const usage = ['compozy', name, ...positionals, '[flags]'].join(' ')
  return `${summary}\n\nUsage: ${usage}\n\nFlags:\n${formatFlags({ ...flags, ...commonFlags })}\n\n${details.trim()}`
}
