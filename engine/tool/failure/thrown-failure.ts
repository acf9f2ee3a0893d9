import type { JsonObject } from '../../core/json.ts'
import { defined } from '../../core/defined.ts'
import type { TaskError, TaskErrorType } from '../../core/task-error.ts'
import { describeDenial } from './denial.ts'
import { shorten } from './error-text.ts'
import type { FailureContext } from './failure.ts'
import { errorLimits } from '../limits.ts'
import type { ThrownError } from '../protocol/protocol.ts'

interface TypedMessage {
  readonly type: TaskErrorType
  readonly message: string
}

/**
 * Returns the name of a tool's error as a type; a name in another form, or a secret, becomes
 * `Error`.
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
  const { tool, text } = context
  const denial = describeDenial(thrown, { ...context, shorten: text.relative })
  if (denial !== undefined) return { type: 'ToolDenied', message: `tool "${tool.id}" ${denial}` }
  if (thrown.imported) return loadFailure(thrown, context)
  return { type: `ToolError:${errorName(thrown.name, context)}`, message: thrown.message }
}

/** Describes one link of a chain of causes, with what it holds itself. */
function describeCause(thrown: ThrownError, { text }: FailureContext): JsonObject {
  const { messageCharacters } = errorLimits
  return defined({
    name: text.clean(thrown.name),
    message: shorten(text.clean(text.relative(thrown.message)), messageCharacters, thrown.cut),
    code: thrown.code === '' ? undefined : text.clean(thrown.code),
  })
}

function deeperCauses(thrown: ThrownError, context: FailureContext): JsonObject {
  const withinCause = (cause: ThrownError): JsonObject => ({
    ...describeCause(cause, context),
    ...deeperCauses(cause, context),
  })
  return defined({
    cause: thrown.cause === null ? undefined : withinCause(thrown.cause),
    errors: thrown.errors.length === 0 ? undefined : thrown.errors.map(withinCause),
  })
}

/**
 * Describes what a tool threw. The error's `cause` is the thrown error's own cause (name, message,
 * code, and its causes in turn), the errors of an AggregateError, and the tool's frames as `stack`.
 */
export function describeThrown(thrown: ThrownError, context: FailureContext): TaskError {
  const { type, message } = typedMessage(thrown, context)
  const stack = context.text.ownFrames(thrown.stack)
  const { cause: first, errors } = thrown
  const cause: JsonObject = {
    ...defined({ stack: stack.length === 0 ? undefined : stack }),
    ...(first === null ? {} : describeCause(first, context)),
    ...(first === null ? {} : deeperCauses(first, context)),
    ...(errors.length === 0 ? {} : { errors: deeperCauses(thrown, context)['errors']! }),
  }
  return {
    type,
    message: shorten(context.text.clean(message), errorLimits.messageCharacters, thrown.cut),
    ...(Object.keys(cause).length > 0 && { cause }),
  }
}
