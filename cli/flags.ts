import { parseArgs } from 'node:util'
import { CompozyError } from '../engine/core/errors.ts'
import { didYouMean } from '../engine/core/nearest.ts'
import { hangText } from './wrap.ts'

/** One flag of a command. `value` is the placeholder in help; without it the flag is a switch. */
export interface Flag {
  readonly value?: string
  readonly doc: string
  /** Accepted, but not shown in help: a former name. */
  readonly hidden?: true
  /** Actions of the command that obey it; without them, all do. */
  readonly actions?: readonly string[]
}

/** Flags by name, without dashes. */
export type Flags = Readonly<Record<string, Flag>>

/** The parsed command line. */
export interface ParsedFlags {
  readonly values: Readonly<Record<string, string | undefined>>
  readonly switches: ReadonlySet<string>
  readonly positionals: readonly string[]
}

/** Flags of every command. */
export const commonFlags = {
  cwd: {
    value: 'DIR',
    doc: 'Folder of the project, with compozy.yaml (default: the current folder)',
  },
  json: { doc: 'Print one JSON object per line on standard output' },
  help: { doc: 'Show this help' },
} as const satisfies Flags

function refuse(message: string, command: string): never {
  throw new CompozyError('usage_invalid', `${message}\nTry: compozy ${command} --help`)
}

/**
 * Parses a command's arguments. Throws CompozyError `usage_invalid` for an unknown flag (with the
 * nearest known one), a missing value, and an unexpected argument.
 */
export function parseFlags(
  command: string,
  flags: Flags,
  args: readonly string[],
  positionals: readonly string[],
): ParsedFlags {
  const options = Object.fromEntries(
    Object.entries(flags).map(
      ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
    ),
  )
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const values: Record<string, string> = {}
  const switches = new Set<string>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined
    if (flag === undefined) {
      const known = Object.keys(flags).map((name) => `--${name}`)
      refuse(`unknown flag ${token.rawName}${didYouMean(token.rawName, known)}`, command)
    }
    if (flag.value === undefined) {
      if (token.value !== undefined)
        refuse(`flag ${token.rawName} takes no value, but got "${token.value}"`, command)
      switches.add(token.name)
    } else if (!token.value || (!token.inlineValue && token.value.startsWith('--'))) {
      refuse(`flag ${token.rawName} needs a value: ${token.rawName} ${flag.value}`, command)
    } else values[token.name] = token.value
  }
  if (words.length > positionals.length) {
    const expected = positionals.length === 0 ? 'no argument' : positionals.join(' ')
    refuse(
      `unexpected argument "${words[positionals.length]}"; ${command} takes ${expected}`,
      command,
    )
  }
  return { values, switches, positionals: words }
}

/**
 * Throws CompozyError `usage_invalid` for a flag that an action of the command does not obey: it
 * would do something else than what was asked for.
 */
export function requireObeyed(
  command: string,
  action: string,
  flags: Flags,
  { values, switches }: ParsedFlags,
): void {
  const given = [...Object.keys(values), ...switches]
  for (const name of given) {
    const { actions } = flags[name] ?? {}
    if (actions === undefined || actions.includes(action)) continue
    const allowed = actions.map((each) => `${command} ${each}`).join(', ')
    refuse(`flag --${name} is for ${allowed}, not for ${command} ${action}`, command)
  }
}

/** Formats the flags as aligned lines for `--help`. */
export function formatFlags(flags: Flags, width = 100): string {
  const shown = Object.entries(flags).filter(([, { hidden }]) => hidden !== true)
  const rows = shown.map(
    ([name, { value, doc }]) => [`--${name}${value ? ` ${value}` : ''}`, doc] as const,
  )
  const left = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.map(([name, doc]) => hangText(`  ${name.padEnd(left)}`, doc, width)).join('\n')
}
