import type { JsonValue } from '../../core/json.ts'
import { EvaluationError } from '../evaluate/budget.ts'
import { compareText } from '../evaluate/text-order.ts'
import { describeValue, isEmpty, isSame, requireComparable } from '../evaluate/values.ts'
import { asText, type TemplateFunction, type TemplateFunctions } from './function.ts'

/** Returns less than zero when `a` comes first. Numbers compare with numbers, texts with texts. */
function compareValues(a: JsonValue, b: JsonValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  throw new EvaluationError(
    `compares two numbers or two texts, got ${describeValue(a)} and ${describeValue(b)}`,
  )
}

function ordering(
  name: string,
  doc: string,
  holds: (order: number) => boolean,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  const call: TemplateFunction['call'] = ([a, b], { budget }) => {
    if (typeof a === 'string' && typeof b === 'string')
      budget.readText(Math.min(a.length, b.length), 2)
    return holds(compareValues(a!, b!))
  }
  return { name, arity: [2, 2], doc, examples, call }
}

/**
 * Defaults, comparison and decisions. run-expression.ts stops `and` and `or` at the deciding
 * argument.
 */
export const logicFunctions: TemplateFunctions = [
  {
    name: 'default',
    arity: [2, 2],
    doc: 'The second value, or the first when the second is missing or empty (null, false, 0, "", [], {}).',
    examples: [
      ['{{ .missing | default "none" }}', 'none'],
      ['{{ default 5 0 }}', 5],
      ['{{ default 5 3 }}', 3],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([fallback, value], { budget }) => (isEmpty(value!, budget) ? fallback! : value!),
  },
  {
    name: 'coalesce',
    arity: [1, Infinity],
    doc: 'The first value that is not empty, else null.',
    examples: [
      ['{{ coalesce .missing "" "b" "c" }}', 'b'],
      ['{{ coalesce 0 "" }}', null],
    ],
    takesMissing: true,
    constantTime: true,
    call: (args, { budget }) => args.find((value) => !isEmpty(value, budget)) ?? null,
  },
  {
    name: 'ternary',
    arity: [3, 3],
    doc: 'The first value when the third is true, the second when it is false, null or missing.',
    examples: [
      ['{{ true | ternary "yes" "no" }}', 'yes'],
      ['{{ ternary "yes" "no" (gt 1 2) }}', 'no'],
      ['{{ ternary "yes" "no" .missing }}', 'no'],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([yes, no, test]) => {
      if (typeof test === 'boolean') return test ? yes! : no!
      if (test === null) return no!
      throw new EvaluationError(
        `needs true or false as its last argument, got ${describeValue(test!)}`,
      )
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
    constantTime: true,
    call: ([value], { budget }) => isEmpty(value!, budget),
  },
  {
    name: 'required',
    arity: [2, 2],
    doc: 'The second value. When it is missing, null or "", an error with the first value as its message.',
    ownMessage: true,
    examples: [['{{ 0 | required "a count is needed" }}', 0]],
    call: ([message, value]) => {
      if (value !== null && value !== '') return value!
      throw new EvaluationError(asText(message!))
    },
  },
  {
    name: 'fail',
    arity: [1, 1],
    doc: 'Fails with this message.',
    ownMessage: true,
    examples: [['{{ if false }}{{ fail "never" }}{{ end }}', '']],
    call: ([message]) => {
      throw new EvaluationError(asText(message!))
    },
  },
  {
    name: 'eq',
    arity: [2, Infinity],
    doc: 'Whether the first value equals any of the others. Values of different kinds are an error; null equals only null.',
    examples: [
      ['{{ eq 1 1.0 }}', true],
      ['{{ eq "b" "a" "b" }}', true],
      ['{{ eq .missing nil }}', true],
      ['{{ eq "a" nil }}', false],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([first, ...others], { budget }) =>
      others.some((other) => {
        requireComparable(first!, other)
        return isSame(first!, other, budget)
      }),
  },
  {
    name: 'ne',
    arity: [2, 2],
    doc: 'Whether two values differ. Values of different kinds are an error; null differs from everything else.',
    examples: [
      ['{{ ne 1 2 }}', true],
      ['{{ ne (list 1 2) (list 1 2) }}', false],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([a, b], { budget }) => {
      requireComparable(a!, b!)
      return !isSame(a!, b!, budget)
    },
  },
  ordering(
    'lt',
    'Whether a < b, for two numbers or two texts (by their UTF-8 bytes).',
    (sign) => sign < 0,
    [
      ['{{ lt 1 2 }}', true],
      ['{{ lt "b" "a" }}', false],
    ],
  ),
  ordering('le', 'Whether a <= b, for two numbers or two texts.', (sign) => sign <= 0, [
    ['{{ le 2 2 }}', true],
    ['{{ le 3 2 }}', false],
  ]),
  ordering('gt', 'Whether a > b, for two numbers or two texts.', (sign) => sign > 0, [
    ['{{ gt 2 1 }}', true],
    ['{{ gt 1 1 }}', false],
  ]),
  ordering('ge', 'Whether a >= b, for two numbers or two texts.', (sign) => sign >= 0, [
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
    constantTime: true,
    call: (args, { budget }) => args.find((value) => isEmpty(value, budget)) ?? args.at(-1)!,
  },
  {
    name: 'or',
    arity: [1, Infinity],
    doc: 'The first argument that is not empty, else the last. Arguments after the first one that is not empty are not evaluated.',
    examples: [
      ['{{ or .missing "x" }}', 'x'],
      ['{{ or 0 "" }}', ''],
      ['{{ or 1 (fail "not reached") }}', 1],
    ],
    takesMissing: true,
    constantTime: true,
    call: (args, { budget }) => args.find((value) => !isEmpty(value, budget)) ?? args.at(-1)!,
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
    constantTime: true,
    call: ([value], { budget }) => isEmpty(value!, budget),
  },
]
