import { executionStatuses } from '../../engine/executions.ts'
import type { Command, CommandContext, NamedCommand } from '../command.ts'
import { commonFlags, type Flag, type Flags } from '../flags.ts'
import { visible } from '../line.ts'
import { pathRequests } from './scripts.ts'
import { knownNames, type NameSource } from './known-names.ts'

/** One word that may stand where the cursor stands. */
export interface Candidate {
  readonly value: string
  readonly about?: string
}

type Surroundings = Pick<CommandContext, 'env' | 'cwd'>

/** What the words before the cursor say. */
interface ParsedWords {
  /** Positional arguments so far. */
  readonly positionals: readonly string[]
  /** Values of flags so far. */
  readonly values: Readonly<Record<string, string>>
  /** The flag whose value comes next. */
  readonly open: string | undefined
}

function parseWords(words: readonly string[], flags: Flags): ParsedWords {
  const positionals: string[] = []
  const values: Record<string, string> = {}
  let open: string | undefined
  for (const word of words) {
    if (open !== undefined) {
      values[open] = word
      open = undefined
    } else if (word.startsWith('--')) {
      const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
      if (value !== undefined) values[name] = value
      else if (flags[name]?.value !== undefined) open = name
    } else positionals.push(word)
  }
  return { positionals, values, open }
}

/** Names that a placeholder of an argument or a flag stands for. */
const sources: Readonly<Record<string, NameSource>> = {
  WORKFLOW: 'workflows',
  ID: 'workflows',
  EXEC_ID: 'runs',
  'runs SIGNAL': 'signals',
  'events NAME': 'events',
  'schedules WORKFLOW': 'schedules',
}

/** What may stand for one placeholder, such as `[list|show]`, `WORKFLOW` or `FILE`. */
async function candidatesFor(
  placeholder: string,
  command: string,
  given: Parameters<typeof knownNames>[1],
): Promise<readonly Candidate[]> {
  const name = placeholder.replaceAll(/[[\]]/g, '')
  if (name === 'DIR') return [{ value: pathRequests.folders }]
  if (/(^|\|)FILE\b/.test(name)) return [{ value: pathRequests.files }]
  const source = sources[`${command} ${name}`] ?? sources[name]
  if (source !== undefined) return knownNames(source, given)
  return name
    .split('|')
    .filter((word) => /^[a-z]/.test(word))
    .map((value) => ({ value }))
}

/** What may stand for the value of a flag. */
async function valuesOf(
  name: string,
  { flags }: Command,
  command: string,
  given: Parameters<typeof knownNames>[1],
): Promise<readonly Candidate[]> {
  if (name === 'status') {
    const done = given.current.replace(/[^,]*$/, '')
    return executionStatuses.map((status) => ({ value: `${done}${status}` }))
  }
  if (name === 'log-level')
    return ['debug', 'info', 'warn', 'error', 'silent'].map((value) => ({ value }))
  const all: Flags = { ...flags, ...commonFlags }
  const { value = '' } = all[name] ?? {}
  return value === 'NAME' || value === 'JSON' ? [] : candidatesFor(value, command, given)
}

/** The flags of a command; of one of its actions, those that it obeys. */
function flagsOf({ flags }: Command, action: string | undefined): Candidate[] {
  const all: Flags = { ...flags, ...commonFlags }
  const isObeyed = ({ actions }: Flag): boolean =>
    actions === undefined || action === undefined || actions.includes(action)
  return Object.entries(all)
    .filter(([, flag]) => flag.hidden !== true && isObeyed(flag))
    .map(([name, { doc }]) => ({ value: `--${name}`, about: doc }))
}

/** Reports whether an action of `compozy runs` takes one more word behind these. */
function takesWord([action, ...rest]: readonly string[]): boolean {
  if (action === undefined) return true
  return action === 'signal' || (action !== 'list' && rest.length === 0)
}

async function candidatesOf(
  words: readonly string[],
  commands: readonly NamedCommand[],
  surroundings: Surroundings,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? ''
  const [name, ...before] = words.slice(0, -1)
  const named = commands.find((each) => each.name === name)
  const names = commands.map((each) => ({ value: each.name, about: each.summary }))
  if (name === undefined && current.startsWith('-'))
    return [{ value: '--help' }, { value: '--version' }]
  if (name === undefined || (name === 'help' && before.length === 0)) return names
  if (named === undefined) return []
  const command = await named.load()
  const { positionals, values, open } = parseWords(before, { ...command.flags, ...commonFlags })
  const given = { ...surroundings, values, positionals, current }
  const [, inline, value = ''] = /^--([^=]+)=(.*)$/s.exec(current) ?? []
  if (inline !== undefined) {
    const found = await valuesOf(inline, command, name, { ...given, current: value })
    return found.map((each) => ({ ...each, value: `--${inline}=${each.value}` }))
  }
  if (open !== undefined) return valuesOf(open, command, name, given)
  if (current.startsWith('-')) return flagsOf(command, positionals[0])
  const placeholder = command.positionals[positionals.length]
  if (placeholder === undefined || (name === 'runs' && !takesWord(positionals))) return []
  return candidatesFor(placeholder, name, given)
}

/**
 * Returns the lines that a completion script reads, for the words behind `compozy`; the last one
 * is being written. A server or project that does not answer gives no candidates, and no error.
 */
export async function completionLines(
  words: readonly string[],
  commands: readonly NamedCommand[],
  surroundings: Surroundings,
): Promise<string[]> {
  const current = words.at(-1) ?? ''
  const found = await candidatesOf(words, commands, surroundings).catch(() => [])
  const lines = found
    .filter(({ value }) => value.startsWith(':') || value.startsWith(current))
    .map(({ value, about }) => (about === undefined ? value : `${value}\t${about}`))
    .map((line) => visible(line).replaceAll('\n', ' '))
  return [...new Set(lines)]
}
