import type { JsonObject } from '../../core/json.ts'
import { defined } from '../../core/defined.ts'
import type { TaskError, TaskErrorType } from '../../core/task-error.ts'
import { describeDenial, isDeniedImport } from './denial.ts'
import { shorten } from './error-text.ts'
import type { FailureContext } from './failure.ts'
import { errorLimits } from '../limits.ts'
import type { ThrownError } from '../sandbox/thrown-error.ts'

interface TypedMessage {
  readonly type: TaskErrorType
  readonly message: string
}

/**
 * Returns the name of a tool's error as a type; a name in another form, or a secret, becomes
 * `Error`, and stands before the message.
 */
function errorName(name: string, { text }: FailureContext): string {
  return /^[\w$.:-]{1,100}$/.test(name) && text.clean(name) === name ? name : 'Error'
}

function syntaxError(first: string, rest: readonly string[], place: string): TypedMessage {
  const excerpt = rest.filter((line) => /^\s*\d* ?\|/.test(line)).map((line) => `\n${line}`)
  const problem = first.slice('SyntaxError: '.length)
  return { type: 'ToolError:SyntaxError', message: `${place}: ${problem}${excerpt.join('')}` }
}

/** Describes a module that Deno could not find, read or parse. */
function loadFailure(thrown: ThrownError, context: FailureContext): TypedMessage {
  const message = context.text.relative(thrown.message)
  const place = /^ {4}at (\S+:\d+:\d+)$/m.exec(message)?.[1]
  const [first = '', ...rest] = message.split('\n')
  if (first.startsWith('SyntaxError: ')) {
    return syntaxError(first, rest, place ?? context.tool.id)
  }
  if (thrown.name !== 'TypeError') {
    return { type: `ToolError:${errorName(thrown.name, context)}`, message }
  }
  const packages = context.nodeModules
    ? 'it is not in node_modules'
    : "set runtime.node_modules: true to use packages of the project's node_modules"
  const hint = / not a dependency/.test(first) ? `; ${packages}` : ''
  const at = place === undefined ? '' : ` (${place})`
  return { type: 'ToolError:ImportError', message: `${first}${at}${hint}` }
}

function typedMessage(thrown: ThrownError, context: FailureContext): TypedMessage {
  const { tool, text, lacksImports } = context
  if (lacksImports && isDeniedImport(thrown)) {
    const message = `tool "${tool.id}": Deno could not list its imports, so it may import nothing now`
    return { type: 'ToolCrashed', message }
  }
  const denial = describeDenial(thrown, { ...context, shorten: text.relative })
  if (denial !== undefined) return { type: 'ToolDenied', message: `tool "${tool.id}" ${denial}` }
  if (thrown.imported) return loadFailure(thrown, context)
  const name = errorName(thrown.name, context)
  const isKept = name === thrown.name
  const message = isKept ? thrown.message : `${thrown.name.trim()}: ${thrown.message}`
  return { type: `ToolError:${name}`, message }
}

/** Describes an error and its causes in turn. */
function describeCause(thrown: ThrownError, context: FailureContext): JsonObject {
  const { text } = context
  const { messageCharacters } = errorLimits
  return defined({
    name: text.clean(thrown.name),
    message: shorten(text.clean(text.relative(thrown.message)), messageCharacters, thrown.cut),
    code: thrown.code === '' ? undefined : text.clean(thrown.code),
    cause: thrown.cause === null ? undefined : describeCause(thrown.cause, context),
    errors: describeErrors(thrown, context),
  })
}

function describeErrors({ errors }: ThrownError, context: FailureContext) {
  return errors.length === 0 ? undefined : errors.map((error) => describeCause(error, context))
}

/**
 * Describes what a tool threw. The error's `cause` is the thrown error's own cause (name, message,
 * code, and its causes in turn), the errors of an AggregateError, and the tool's frames as `stack`.
 */
export function describeThrown(thrown: ThrownError, context: FailureContext): TaskError {
  const { type, message } = typedMessage(thrown, context)
  const stack = context.text.ownFrames(thrown.stack)
  const first = thrown.cause === null ? {} : describeCause(thrown.cause, context)
  const errors = describeErrors(thrown, context)
  const cause: JsonObject = {
    ...defined({ stack: stack.length === 0 ? undefined : stack }),
    ...first,
    ...defined({ errors }),
  }
  return defined({
    type,
    message: shorten(context.text.clean(message), errorLimits.messageCharacters, thrown.cut),
    cause: Object.keys(cause).length > 0 ? cause : undefined,
  })
}
