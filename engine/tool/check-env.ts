import { bytesText, utf8Bytes } from '../core/limits.ts'
import type { TaskError } from '../core/task-error.ts'
import { toolLimits } from './limits.ts'

/**
 * Returns the error of an environment that the operating system would refuse to start a process
 * with, undefined if it takes it. The error never quotes a value.
 */
export function checkEnv(
  toolId: string,
  env: Readonly<Record<string, string>>,
): TaskError | undefined {
  let sum = 0
  for (const [name, value] of Object.entries(env)) {
    const variable = `variable ${name} in the env of tool "${toolId}"`
    if (value.includes('\0'))
      return { type: 'InvalidToolInput', message: `${variable} has a NUL character; remove it` }
    const bytes = utf8Bytes(name) + utf8Bytes(value)
    if (bytes > toolLimits.variableBytes) return tooLarge(variable, bytes, toolLimits.variableBytes)
    sum += bytes
  }
  if (sum <= toolLimits.envBytes) return undefined
  return tooLarge(`the env of tool "${toolId}"`, sum, toolLimits.envBytes)
}

function tooLarge(what: string, bytes: number, limit: number): TaskError {
  const advice = 'pass large values as input'
  const message = `${what} is ${bytesText(bytes)}, the limit is ${bytesText(limit)}; ${advice}`
  return { type: 'LimitExceeded', message }
}
