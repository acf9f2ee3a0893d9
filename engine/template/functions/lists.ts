import type { JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
import { jsonText } from '../evaluate/json-text.ts'
import { MissingValue, readKey } from '../evaluate/missing-value.ts'
import { sortTexts } from '../evaluate/text-order.ts'
import { describeValue, isSame, valueKind } from '../evaluate/values.ts'
import { countCharacters, sliceCharacters } from './characters.ts'
import { asList, asObject, asText, asWhole, type TemplateFunctions } from './function.ts'

/** Numbers that `until` makes in one step: 100,000 items are room enough, a million are not. */
const numbersPerStep = 4

/**
 * Returns whole numbers from a start up to an end, without the end. Empty when the step points away
 * from it.
 */
function countUp(start: number, end: number, step: number, budget: EvaluationBudget): number[] {
  if (step === 0 || (end - start) * step <= 0) return []
  const length = Math.ceil((end - start) / step)
  budget.charge(length / numbersPerStep)
  return Array.from({ length }, (_, index) => start + index * step)
}

/** Returns the bounds of a slice. @throws EvaluationError outside of the length, as Go does */
function sliceBounds(
  length: number,
  from: JsonValue = 0,
  to: JsonValue = length,
): [number, number] {
  const [start, end] = [asWhole(from), asWhole(to)]
  if (start >= 0 && start <= end && end <= length) return [start, end]
  throw new EvaluationError(`${start} to ${end} is outside 0 to ${length}`)
}

function containsItem(
  items: readonly JsonValue[],
  wanted: JsonValue,
  budget: EvaluationBudget,
): boolean {
  return items.some((item) => {
    budget.visitItems(1)
    return isSame(wanted, item, budget)
  })
}

/** Lists. No function changes its arguments. */
export const listFunctions: TemplateFunctions = [
  {
    name: 'list',
    arity: [0, Infinity],
    doc: 'A list of the arguments.',
    constantTime: true,
    examples: [
      ['{{ list 1 "a" nil }}', [1, 'a', null]],
      ['{{ list }}', []],
    ],
    call: (args) => [...args],
  },
  {
    name: 'len',
    arity: [1, 1],
    doc: 'The number of items of a list, keys of an object, or characters of a text.',
    constantTime: true,
    examples: [
      ['{{ len (list 1 2) }}', 2],
      ['{{ len "héllo" }}', 5],
      ['{{ dict "a" 1 | len }}', 1],
    ],
    call: ([value], { budget }) => {
      if (typeof value === 'string') return countCharacters(value, budget)
      if (Array.isArray(value)) return value.length
      if (valueKind(value!) !== 'object')
        throw new EvaluationError(`needs a list, an object or text, got ${describeValue(value!)}`)
      return budget.keysOf(asObject(value!)).length
    },
  },
  {
    name: 'index',
    arity: [1, Infinity],
    doc: 'Reads a list by number or an object by key, one level for each further argument. An absent item is missing, as after a dot.',
    constantTime: true,
    examples: [
      ['{{ index (list "a" "b") 1 }}', 'b'],
      ['{{ index (dict "a" (list 1 2)) "a" 0 }}', 1],
      ['{{ index (list 1) 5 | default "none" }}', 'none'],
    ],
    call: ([value, ...keys]) => {
      let current: JsonValue = value!
      for (const [at, key] of keys.entries()) {
        const step = Array.isArray(current) ? String(asWhole(key)) : asText(key)
        const next = readKey(current, step)
        if (next === undefined) {
          const path = keys.slice(0, at + 1).map((part) => JSON.stringify(part))
          return new MissingValue(`(index … ${path.join(' ')})`, current, step)
        }
        current = next
      }
      return current
    },
  },
  {
    name: 'first',
    arity: [1, 1],
    doc: 'The first item of a list; null for an empty list.',
    constantTime: true,
    examples: [
      ['{{ first (list 1 2 3) }}', 1],
      ['{{ first (list) }}', null],
    ],
    call: ([items]) => asList(items!)[0] ?? null,
  },
  {
    name: 'last',
    arity: [1, 1],
    doc: 'The last item of a list; null for an empty list.',
    constantTime: true,
    examples: [
      ['{{ last (list 1 2 3) }}', 3],
      ['{{ last (list) }}', null],
    ],
    call: ([items]) => asList(items!).at(-1) ?? null,
  },
  {
    name: 'rest',
    arity: [1, 1],
    doc: 'The list without its first item.',
    examples: [
      ['{{ rest (list 1 2 3) }}', [2, 3]],
      ['{{ rest (list) }}', []],
    ],
    call: ([items]) => asList(items!).slice(1),
  },
  {
    name: 'slice',
    arity: [1, 3],
    doc: 'The items of a list, or the characters of a text, from a start up to an end, without the end.',
    examples: [
      ['{{ slice (list 1 2 3 4) 1 3 }}', [2, 3]],
      ['{{ slice (list 1 2 3) 1 }}', [2, 3]],
      ['{{ slice "hello" 1 3 }}', 'el'],
    ],
    call: ([value, from, to], { budget }) => {
      if (typeof value !== 'string')
        return asList(value!).slice(...sliceBounds(asList(value!).length, from, to))
      const length = countCharacters(value, budget)
      return sliceCharacters(value, ...sliceBounds(length, from, to))
    },
  },
  {
    name: 'append',
    arity: [2, 2],
    doc: 'The list with one more item at its end.',
    examples: [['{{ append (list 1) 2 }}', [1, 2]]],
    call: ([items, item]) => [...asList(items!), item!],
  },
  {
    name: 'concat',
    arity: [1, Infinity],
    doc: 'All lists joined into one.',
    examples: [['{{ concat (list 1) (list 2 3) }}', [1, 2, 3]]],
    call: (args) => ([] as JsonValue[]).concat(...args.map(asList)),
  },
  {
    name: 'uniq',
    arity: [1, 1],
    doc: 'The list without repeated items; the first of each stays.',
    examples: [['{{ uniq (list 1 2 1 "1") }}', [1, 2, '1']]],
    call: ([items], { budget }) => {
      const seen = new Set<string>()
      return asList(items!).filter((item) => {
        budget.charge(2)
        const text = jsonText(item, budget, { sorted: true })
        return !seen.has(text) && seen.add(text)
      })
    },
  },
  {
    name: 'sort',
    arity: [1, 1],
    doc: 'A list of numbers or of texts in ascending order; texts by their UTF-8 bytes.',
    examples: [
      ['{{ sort (list 10 9 1) }}', [1, 9, 10]],
      ['{{ sort (list "b" "a") }}', ['a', 'b']],
    ],
    call: ([items], { budget }) => {
      const list = asList(items!)
      budget.visitItems(list.length)
      if (list.every((item) => typeof item === 'number')) {
        budget.charge((list.length * Math.log2(list.length + 1)) / 16)
        return [...list].sort((a, b) => a - b)
      }
      if (list.every((item) => typeof item === 'string')) return sortTexts(list, budget)
      throw new EvaluationError('needs a list of only numbers or only texts')
    },
  },
  {
    name: 'reverse',
    arity: [1, 1],
    doc: 'The list in reverse order.',
    examples: [['{{ reverse (list 1 2 3) }}', [3, 2, 1]]],
    call: ([items]) => [...asList(items!)].reverse(),
  },
  {
    name: 'has',
    arity: [2, 2],
    doc: 'Whether the second argument, a list, contains the first.',
    examples: [
      ['{{ has 2 (list 1 2) }}', true],
      ['{{ list "a" | has "b" }}', false],
    ],
    call: ([item, items], { budget }) =>
      items !== null && containsItem(asList(items!), item!, budget),
  },
  {
    name: 'until',
    arity: [1, 1],
    doc: 'The numbers from 0 up to the argument, without it; downwards when it is negative.',
    examples: [
      ['{{ until 3 }}', [0, 1, 2]],
      ['{{ until -2 }}', [0, -1]],
    ],
    call: ([end], { budget }) => countUp(0, asWhole(end!), asWhole(end!) < 0 ? -1 : 1, budget),
  },
  {
    name: 'seq',
    arity: [1, 3],
    doc: 'The numbers that the command seq prints, both ends included: `seq END`, `seq START END`, `seq START STEP END`.',
    examples: [
      ['{{ seq 3 }}', [1, 2, 3]],
      ['{{ seq 2 -1 }}', [2, 1, 0, -1]],
      ['{{ seq 0 2 6 }}', [0, 2, 4, 6]],
    ],
    call: (args, { budget }) => {
      const numbers = args.map(asWhole)
      const start = numbers.length === 1 ? 1 : numbers[0]!
      const end = numbers.at(-1)!
      const direction = end < start ? -1 : 1
      const step = numbers.length === 3 ? numbers[1]! : direction
      return countUp(start, end + direction, step, budget)
    },
  },
  {
    name: 'pluck',
    arity: [2, Infinity],
    doc: 'The values of a key in each object that has it. The objects are separate arguments or one list.',
    examples: [
      ['{{ pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3) }}', [1, 3]],
      ['{{ list (dict "a" 1) (dict "a" 2) | pluck "a" }}', [1, 2]],
    ],
    call: ([key, ...objects], { budget }) => {
      const [only] = objects
      const sources = objects.length === 1 && Array.isArray(only) ? asList(only) : objects
      budget.charge(sources.length)
      return sources.flatMap((source) => {
        const value = readKey(asObject(source), asText(key!))
        return value === undefined ? [] : [value]
      })
    },
  },
]
