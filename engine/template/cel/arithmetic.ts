import { EvaluationError } from '../evaluate/budget.ts'
import type { TemplateRules } from '../evaluate/scope.ts'
import type { CelResult, CelValue } from './library.ts'

const operators: ReadonlySet<string> = new Set(['_+_', '_-_', '_*_', '_/_', '_%_'])

function isNumber(value: CelValue | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function requireWhole(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value
  if (Number.isInteger(value)) return BigInt(value)
  throw new EvaluationError(
    `% needs whole numbers, got ${value}; write int(x) to drop the fraction`,
  )
}

function remainder(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new EvaluationError('% by zero')
  return left % right
}

function onDoubles(operator: string, left: number, right: number): number {
  switch (operator) {
    case '_+_':
      return left + right
    case '_-_':
      return left - right
    case '_*_':
      return left * right
    default:
      return left / right
  }
}

/** Whole doubles in, a whole double out that is not exact: the result has been rounded. */
function requireExact(operator: string, result: number, left: number, right: number): void {
  const rounded =
    Number.isInteger(result) &&
    !Number.isSafeInteger(result) &&
    Number.isInteger(left) &&
    Number.isInteger(right)
  if (!rounded) return
  const [a, b] = [BigInt(left), BigInt(right)]
  const exact = { '_+_': a + b, '_-_': a - b, '_*_': a * b }[operator]
  if (exact === undefined || BigInt(result) === exact) return
  throw new EvaluationError(
    `the result ${exact} is beyond 2^53, where JSON numbers are not exact; use int(x) for both`,
  )
}

/** @throws EvaluationError for a whole number that a double would change */
export function requireExactDouble(value: number | bigint): void {
  if (typeof value === 'number' || BigInt(Number(value)) === value) return
  throw new EvaluationError(`${value} is beyond 2^53, where doubles are not exact; keep it an int`)
}

/**
 * Returns the result of arithmetic with a JSON number, which is a double to CEL. CEL itself has no
 * arithmetic between a double and an int such as the literal 1; here the int counts as a double,
 * and `%` takes whole doubles. `undefined` leaves the call to the library.
 */
export function celArithmetic(
  operator: string,
  [left, right]: readonly CelValue[],
  { roundsText, roundsLarge }: TemplateRules,
): CelResult | undefined {
  if (!operators.has(operator) || !isNumber(left) || !isNumber(right)) return undefined
  if (typeof left === 'bigint' && typeof right === 'bigint') return undefined
  if (operator === '_%_') {
    const rest = remainder(requireWhole(left), requireWhole(right))
    if (!roundsLarge) requireExactDouble(rest)
    return Number(rest)
  }
  if (!roundsText) for (const value of [left, right]) requireExactDouble(value)
  const [a, b] = [Number(left), Number(right)]
  const result = onDoubles(operator, a, b)
  if (operator === '_/_' && b === 0) throw new EvaluationError('division by zero')
  if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b))
    throw new EvaluationError('the result is too large for a number')
  const safe = Number.isSafeInteger(a) && Number.isSafeInteger(b)
  if (safe || !roundsLarge) requireExact(operator, result, a, b)
  return result
}
