import type { JsonValue } from '../../core/json.ts'
import { EvaluationError } from '../evaluate/budget.ts'
import { describe, isEmpty, isSame, requireComparable } from '../evaluate/values.ts'
import { asText, type TemplateFunction, type TemplateFunctions } from './function.ts'

/** Less than zero where `a` comes first. Numbers compare with numbers, texts with texts. */
function order(a: JsonValue, b: JsonValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  const wanted = 'compares two numbers or two texts'
  throw new EvaluationError(`${wanted}, got ${describe(a)} and ${describe(b)}`)
}

function ordering(
  name: string,
  doc: string,
  holds: (order: number) => boolean,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  return { name, arity: [2, 2], doc, examples, call: ([a, b]) => holds(order(a!, b!)) }
}

/** Defaults, comparison and decisions. `and` and `or` evaluate no more arguments than they need (see evaluate.ts). */
export const logicFunctions: TemplateFunctions = [
  {
    name: 'default',
    arity: [2, 2],
    doc: 'The second value, or the first where the second is missing or empty (null, false, 0, "", [], {}).',
    examples: [
      ['{{ .missing | default "none" }}', 'none'],
      ['{{ default 5 0 }}', 5],
      ['{{ default 5 3 }}', 3],
    ],
    takesMissing: true,
    call: ([fallback, value]) => (isEmpty(value!) ? fallback! : value!),
  },
  {
    name: 'coalesce',
    arity: [1, Infinity],
    doc: 'The first value that is not empty, or null.',
    examples: [
      ['{{ coalesce .missing "" "b" "c" }}', 'b'],
      ['{{ coalesce 0 "" }}', null],
    ],
    takesMissing: true,
    call: (args) => args.find((value) => !isEmpty(value)) ?? null,
  },
  {
    name: 'ternary',
    arity: [3, 3],
    doc: 'The first value where the third is true, the second where it is false, null or missing.',
    examples: [
      ['{{ true | ternary "yes" "no" }}', 'yes'],
      ['{{ ternary "yes" "no" (gt 1 2) }}', 'no'],
      ['{{ ternary "yes" "no" .missing }}', 'no'],
    ],
    takesMissing: true,
    call: ([yes, no, test]) => {
      if (typeof test === 'boolean') return test ? yes! : no!
      if (test === null) return no!
      throw new EvaluationError(`needs true or false as its last argument, got ${describe(test!)}`)
    },
  },
  {
    name: 'empty',
    arity: [1, 1],
    doc: 'Whether a value is missing, null, false, 0, "", [] or {}.',
    examples: [
      ['{{ empty "" }}', true],
      ['{{ empty .missing }}', true],
      ['{{ empty (list 0) }}', false],
    ],
    takesMissing: true,
    call: ([value]) => isEmpty(value!),
  },
  {
    name: 'required',
    arity: [2, 2],
    doc: 'The second value; an error with the first as its message where the second is missing, null or "".',
    examples: [['{{ 0 | required "a count is needed" }}', 0]],
    call: ([message, value]) => {
      if (value !== null && value !== '') return value!
      throw new EvaluationError(asText(message!))
    },
  },
  {
    name: 'fail',
    arity: [1, 1],
    doc: 'An error with this message.',
    examples: [['{{ if false }}{{ fail "never" }}{{ end }}', '']],
    call: ([message]) => {
      throw new EvaluationError(asText(message!))
    },
  },
  {
    name: 'eq',
    arity: [2, Infinity],
    doc: 'Whether the first value equals any of the others. Different kinds are an error; null equals only null.',
    examples: [
      ['{{ eq 1 1.0 }}', true],
      ['{{ eq "b" "a" "b" }}', true],
      ['{{ eq .missing nil }}', true],
      ['{{ eq "a" nil }}', false],
    ],
    takesMissing: true,
    call: ([first, ...others], { budget }) =>
      others.some((other) => {
        requireComparable(first!, other)
        return isSame(first!, other, budget)
      }),
  },
  {
    name: 'ne',
    arity: [2, 2],
    doc: 'Whether two values differ. Different kinds are an error; null differs from everything else.',
    examples: [
      ['{{ ne 1 2 }}', true],
      ['{{ ne (list 1 2) (list 1 2) }}', false],
    ],
    takesMissing: true,
    call: ([a, b], { budget }) => {
      requireComparable(a!, b!)
      return !isSame(a!, b!, budget)
    },
  },
  ordering('lt', 'Whether a < b. Two numbers or two texts.', (o) => o < 0, [
    ['{{ lt 1 2 }}', true],
    ['{{ lt "b" "a" }}', false],
  ]),
  ordering('le', 'Whether a <= b. Two numbers or two texts.', (o) => o <= 0, [
    ['{{ le 2 2 }}', true],
    ['{{ le 3 2 }}', false],
  ]),
  ordering('gt', 'Whether a > b. Two numbers or two texts.', (o) => o > 0, [
    ['{{ gt 2 1 }}', true],
    ['{{ gt 1 1 }}', false],
  ]),
  ordering('ge', 'Whether a >= b. Two numbers or two texts.', (o) => o >= 0, [
    ['{{ ge 2 2 }}', true],
    ['{{ ge 1 2 }}', false],
  ]),
  {
    name: 'and',
    arity: [1, Infinity],
    doc: 'The first empty argument, else the last. Arguments after the first empty one are not evaluated.',
    examples: [
      ['{{ and 1 0 2 }}', 0],
      ['{{ and true "x" }}', 'x'],
      ['{{ and .missing (fail "not reached") }}', null],
    ],
    takesMissing: true,
    call: (args) => args.find(isEmpty) ?? args.at(-1)!,
  },
  {
    name: 'or',
    arity: [1, Infinity],
    doc: 'The first argument that is not empty, else the last. Arguments after it are not evaluated.',
    examples: [
      ['{{ or .missing "x" }}', 'x'],
      ['{{ or 0 "" }}', ''],
      ['{{ or 1 (fail "not reached") }}', 1],
    ],
    takesMissing: true,
    call: (args) => args.find((value) => !isEmpty(value)) ?? args.at(-1)!,
  },
  {
    name: 'not',
    arity: [1, 1],
    doc: 'Whether a value is empty or missing.',
    examples: [
      ['{{ not true }}', false],
      ['{{ not .missing }}', true],
    ],
    takesMissing: true,
    call: ([value]) => isEmpty(value!),
  },
]
