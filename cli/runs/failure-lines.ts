import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json.ts'
import type { TaskError } from '../../engine/core/task-error.ts'

/** Most causes that are shown below an error. */
const shownCauses = 10

const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : []

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** The errors below a cause: the next cause, and those of an aggregate or a container. */
function belowOf(cause: JsonObject): readonly JsonObject[] {
  return [cause['cause'], cause['error'], ...listOf(cause['errors'])].filter((each) =>
    isJsonObject(each),
  )
}

function lineOf(cause: JsonObject): string {
  const name = textOf(cause['type']) || textOf(cause['name'])
  const code = textOf(cause['code'])
  const task = textOf(cause['task'])
  const head = [task, name === 'Error' ? '' : name].filter((text) => text !== '')
  const text = `${textOf(cause['message'])}${code === '' ? '' : ` (${code})`}`
  return [...head, text].join(': ')
}

function* walk(cause: JsonObject, indent: string): Generator<string> {
  // The first cause of a tool's error may hold only where it was thrown, or other errors.
  const isShown = textOf(cause['message']) !== ''
  if (isShown) yield `${indent}because: ${lineOf(cause)}`
  for (const below of belowOf(cause)) yield* walk(below, isShown ? `${indent}  ` : indent)
}

/** Returns why a failure happened: its causes, then the frames of the tool's own code. */
export function failureLines({ cause }: Pick<TaskError, 'cause'>, indent = '  '): string[] {
  if (cause === undefined) return []
  const causes = [...walk(cause, indent)].slice(0, shownCauses)
  const frames = listOf(cause['stack']).map((frame) => `${indent}at ${textOf(frame)}`)
  return [...causes, ...frames]
}
