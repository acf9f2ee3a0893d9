import type { ErrorCode } from '../engine/core/errors.ts'

/** Exit codes of every command: 0 clean, 1 failed at run time, 2 bad input. */
export const exitCodes = { clean: 0, failed: 1, badInput: 2 } as const

const badInput: ReadonlySet<ErrorCode> = new Set([
  'usage_invalid',
  'config_invalid',
  'project_invalid',
  'input_invalid',
])

/** Returns the exit code for an error. */
export function exitCodeOf(code: ErrorCode): number {
  return badInput.has(code) ? exitCodes.badInput : exitCodes.failed
}
