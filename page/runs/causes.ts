import type { TaskError } from '../api/client.ts'

type Cause = NonNullable<TaskError['cause']>

/** One error below another. */
interface Reason {
  /** How many errors stand between it and the first one. */
  readonly depth: number
  readonly text: string
}

/** Most reasons that are shown. */
const shownReasons = 10

/** What {@link reasonsOf} and the frames of the stack already tell. */
const told = new Set([
  'stack',
  'name',
  'type',
  'code',
  'message',
  'task',
  'attempts',
  'cause',
  'error',
  'errors',
])

const isObject = (value: unknown): value is Cause =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function sentenceOf({ name, type, code, message, task, attempts }: Cause): string {
  const kind = textOf(type) || textOf(name)
  const head = [textOf(task), kind === 'Error' ? '' : kind].filter((text) => text !== '')
  const suffix = textOf(code) === '' ? '' : ` (${textOf(code)})`
  const tries = typeof attempts === 'number' && attempts > 1 ? `, after ${attempts} attempts` : ''
  return [...head, `${textOf(message)}${suffix}${tries}`].join(': ')
}

function walk(cause: Cause, above: string, depth: number): Reason[] {
  const message = textOf(cause['message'])
  const errors: unknown = cause['errors']
  const all = [cause['cause'], cause['error'], ...(Array.isArray(errors) ? errors : [])]
  const next = message === '' ? above : message
  const below = all.filter(isObject).flatMap((each) => walk(each, next, depth))
  // The first cause of a tool's error may hold only where it was thrown, or other errors. A
  // container and a child repeat the message of what failed inside: only the last one tells more.
  if (message === '' || (below.length > 0 && above.includes(message))) return below
  const deeper = below.map((reason) => ({ ...reason, depth: reason.depth + 1 }))
  return [{ depth, text: sentenceOf(cause) }, ...deeper]
}

/** Lists the errors below one, each after the error that it caused. */
export function reasonsOf({ message, cause }: Pick<TaskError, 'message' | 'cause'>) {
  return cause === undefined ? [] : walk(cause, message, 0).slice(0, shownReasons)
}

/** What a cause tells beside its reasons, such as the place in a file; undefined for nothing. */
export function detailsOf(cause: Cause): Cause | undefined {
  const rest = Object.entries(cause).filter(([key]) => !told.has(key))
  return rest.length === 0 ? undefined : Object.fromEntries(rest)
}
