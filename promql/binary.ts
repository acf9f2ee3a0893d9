import type { BinaryExpression, Matching } from './expression.ts'
import { labelKey, omitLabels, pickLabels, withoutName, type VectorSample } from './value.ts'

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
}

type Vector = readonly VectorSample[]

/** A number, or one sample a series. */
export type Operand = number | Vector

function matchKey({ labels }: VectorSample, { on, labels: names }: Matching): string {
  return labelKey(on ? pickLabels(labels, names) : omitLabels(labels, [...names, '__name__']))
}

/** `and`, `or`, `unless`. */
function combineSets(op: string, left: Vector, right: Vector, matching: Matching): Vector {
  const keysOf = (vector: Vector) => new Set(vector.map((sample) => matchKey(sample, matching)))
  if (op === 'or') {
    const taken = keysOf(left)
    return [...left, ...right.filter((sample) => !taken.has(matchKey(sample, matching)))]
  }
  const others = keysOf(right)
  return left.filter((sample) => others.has(matchKey(sample, matching)) === (op === 'and'))
}

/** Applies an operator to two numbers; undefined when a comparison filters the sample out. */
function apply(op: string, bool: boolean, a: number, b: number, kept = a): number | undefined {
  const compare = comparisons[op]
  if (compare === undefined) return arithmetic[op]!(a, b)
  if (bool) return compare(a, b) ? 1 : 0
  return compare(a, b) ? kept : undefined
}

const isComparison = (op: string): boolean => comparisons[op] !== undefined

function withNumber({ op, bool }: BinaryExpression, left: Operand, right: Operand): Operand {
  if (typeof left === 'number' && typeof right === 'number') return apply(op, true, left, right)!
  const vector = (typeof left === 'number' ? right : left) as Vector
  const keepsName = isComparison(op) && !bool
  return vector.flatMap(({ labels, value }) => {
    const [a, b] = typeof left === 'number' ? [left, value] : [value, right as number]
    const result = apply(op, bool, a, b, value)
    return result === undefined
      ? []
      : [{ labels: keepsName ? labels : withoutName(labels), value: result }]
  })
}

/** Arithmetic and comparisons of two vectors, matched by their labels. */
function combineVectors(expression: BinaryExpression, left: Vector, right: Vector): Vector {
  const { op, bool, matching } = expression
  const swapped = matching.many === 'right'
  const [many, one] = swapped ? [right, left] : [left, right]
  const ones = new Map(one.map((sample) => [matchKey(sample, matching), sample]))
  return many.flatMap((sample) => {
    const other = ones.get(matchKey(sample, matching))
    if (other === undefined) return []
    const [a, b] = swapped ? [other, sample] : [sample, other]
    const value = apply(op, bool, a.value, b.value)
    if (value === undefined) return []
    return [{ labels: resultLabels(expression, sample, other), value }]
  })
}

function resultLabels(
  { op, bool, matching }: BinaryExpression,
  many: VectorSample,
  one: VectorSample,
): VectorSample['labels'] {
  const { on, labels: names, include } = matching
  const named = isComparison(op) && !bool ? many.labels : withoutName(many.labels)
  if (matching.many !== undefined) return { ...named, ...pickLabels(one.labels, include) }
  return on ? pickLabels(named, names) : omitLabels(named, names)
}

/** Evaluates an operation on two sides that are already evaluated. */
export function combine(expression: BinaryExpression, left: Operand, right: Operand): Operand {
  if (typeof left === 'number' || typeof right === 'number')
    return withNumber(expression, left, right)
  const { op, matching } = expression
  if (op === 'and' || op === 'or' || op === 'unless') return combineSets(op, left, right, matching)
  return combineVectors(expression, left, right)
}
