import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { bytesOver, bytesText, limits } from '../../../core/limits.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'

/**
 * Throws CompozyError `payload_too_large` for a value that Temporal would refuse, before it is
 * sent.
 * @param what names the value, such as `payload of signal "paid"`
 */
export function requireBudget(
  what: string,
  value: JsonValue,
  limit: number = limits.payloadBytes,
): void {
  const bytes = bytesOver(value, limit)
  if (bytes === undefined) return
  const message = `${what} is too large: ${sizeText(bytes)}; at most ${bytesText(limit)} are allowed`
  throw new CompozyError('payload_too_large', message)
}

/**
 * {@link requireBudget} for the argument of a run: its definition and its input are one payload.
 */
export function requireStartBudget(start: RunStart, limit: number = limits.payloadBytes): void {
  const { definition, input } = start
  requireBudget(`the input of workflow "${definition.id}"`, input, limit)
  const whole = { definition, input } as unknown as JsonValue // the IR is JSON by construction
  requireBudget(`the input of workflow "${definition.id}" with its definition`, whole, limit)
}

/** {@link requireStartBudget} for a run that keeps tasks of the one it repeats. */
export function requireRerunBudget(start: RunStart): void {
  requireStartBudget(start)
  if (start.carried === undefined) return
  const whole = start as unknown as JsonValue // JSON by construction
  const bytes = bytesOver(whole, limits.carryingStartBytes)
  if (bytes === undefined) return
  const message =
    `what the run would keep of the repeated one is too large: ${sizeText(bytes)}; ` +
    `at most ${bytesText(limits.carryingStartBytes)} are allowed; repeat it from the start`
  throw new CompozyError('payload_too_large', message)
}

function sizeText(bytes: number): string {
  return Number.isFinite(bytes) ? bytesText(bytes) : 'it nests too deep'
}
