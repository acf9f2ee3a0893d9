import type { JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError, jsonText } from '../evaluate/budget.ts'
import { MissingValue, readKey } from '../evaluate/missing-value.ts'
import { describe, isSame, kindOf } from '../evaluate/values.ts'
import { asList, asObject, asText, asWhole, type TemplateFunctions } from './function.ts'

/** Whole numbers from a start up to, not including, an end. Empty where the step leads away from the end. */
function count(start: number, end: number, step: number, budget: Budget): number[] {
  if (step === 0 || (end - start) * step <= 0) return []
  const length = Math.ceil((end - start) / step)
  budget.charge(length)
  return Array.from({ length }, (_, index) => start + index * step)
}

/** Bounds of a slice, checked as Go does. */
function bounds(length: number, from: JsonValue = 0, to: JsonValue = length): [number, number] {
  const [start, end] = [asWhole(from), asWhole(to)]
  if (start >= 0 && start <= end && end <= length) return [start, end]
  throw new EvaluationError(`${start} to ${end} is outside of 0 to ${length}`)
}

/** Lists. None of them changes its argument. */
export const listFunctions: TemplateFunctions = [
  {
    name: 'list',
    arity: [0, Infinity],
    doc: 'A list of the arguments.',
    examples: [
      ['{{ list 1 "a" nil }}', [1, 'a', null]],
      ['{{ list }}', []],
    ],
    call: (args) => [...args],
  },
  {
    name: 'len',
    arity: [1, 1],
    doc: 'How many items a list has, keys an object, characters a text.',
    examples: [
      ['{{ len (list 1 2) }}', 2],
      ['{{ len "héllo" }}', 5],
      ['{{ dict "a" 1 | len }}', 1],
    ],
    call: ([value]) => {
      if (typeof value === 'string') return Array.from(value).length
      if (Array.isArray(value)) return value.length
      if (kindOf(value!) === 'object') return Object.keys(asObject(value!)).length
      throw new EvaluationError(`needs a list, an object or text, got ${describe(value!)}`)
    },
  },
  {
    name: 'index',
    arity: [1, Infinity],
    doc: 'Reads into a list by number and into an object by key, one step for each further argument. What is not there is missing, as after a dot.',
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
    doc: 'The first item of a list, null where it is empty.',
    examples: [
      ['{{ first (list 1 2 3) }}', 1],
      ['{{ first (list) }}', null],
    ],
    call: ([items]) => asList(items!)[0] ?? null,
  },
  {
    name: 'last',
    arity: [1, 1],
    doc: 'The last item of a list, null where it is empty.',
    examples: [
      ['{{ last (list 1 2 3) }}', 3],
      ['{{ last (list) }}', null],
    ],
    call: ([items]) => asList(items!).at(-1) ?? null,
  },
  {
    name: 'rest',
    arity: [1, 1],
    doc: 'A list without its first item.',
    examples: [
      ['{{ rest (list 1 2 3) }}', [2, 3]],
      ['{{ rest (list) }}', []],
    ],
    call: ([items]) => asList(items!).slice(1),
  },
  {
    name: 'slice',
    arity: [1, 3],
    doc: 'Items of a list, or characters of a text, from a start up to, not including, an end.',
    examples: [
      ['{{ slice (list 1 2 3 4) 1 3 }}', [2, 3]],
      ['{{ slice (list 1 2 3) 1 }}', [2, 3]],
      ['{{ slice "hello" 1 3 }}', 'el'],
    ],
    call: ([value, from, to]) => {
      if (typeof value !== 'string')
        return asList(value!).slice(...bounds(asList(value!).length, from, to))
      const characters = Array.from(value)
      return characters.slice(...bounds(characters.length, from, to)).join('')
    },
  },
  {
    name: 'append',
    arity: [2, 2],
    doc: 'A list with one more item at its end.',
    examples: [['{{ append (list 1) 2 }}', [1, 2]]],
    call: ([items, item]) => [...asList(items!), item!],
  },
  {
    name: 'concat',
    arity: [1, Infinity],
    doc: 'All lists one after another as one.',
    examples: [['{{ concat (list 1) (list 2 3) }}', [1, 2, 3]]],
    call: (args) => args.flatMap((items) => [...asList(items)]),
  },
  {
    name: 'uniq',
    arity: [1, 1],
    doc: 'A list without repeated items; the first of each stays.',
    examples: [['{{ uniq (list 1 2 1 "1") }}', [1, 2, '1']]],
    call: ([items], { budget }) => {
      const seen = new Set<string>()
      return asList(items!).filter((item) => {
        const text = jsonText(item, budget, { sorted: true })
        return !seen.has(text) && seen.add(text)
      })
    },
  },
  {
    name: 'sort',
    arity: [1, 1],
    doc: 'A list of numbers, or of texts, in ascending order.',
    examples: [
      ['{{ sort (list 10 9 1) }}', [1, 9, 10]],
      ['{{ sort (list "b" "a") }}', ['a', 'b']],
    ],
    call: ([items]) => {
      const list = asList(items!)
      if (list.every((item) => typeof item === 'number')) return [...list].sort((a, b) => a - b)
      if (list.every((item) => typeof item === 'string')) return [...list].sort()
      throw new EvaluationError('needs a list of numbers alone or of texts alone')
    },
  },
  {
    name: 'reverse',
    arity: [1, 1],
    doc: 'A list from its end to its beginning.',
    examples: [['{{ reverse (list 1 2 3) }}', [3, 2, 1]]],
    call: ([items]) => [...asList(items!)].reverse(),
  },
  {
    name: 'has',
    arity: [2, 2],
    doc: 'Whether the second argument, a list, holds the first.',
    examples: [
      ['{{ has 2 (list 1 2) }}', true],
      ['{{ list "a" | has "b" }}', false],
    ],
    call: ([item, items], { budget }) =>
      items !== null && asList(items!).some((other) => isSame(item!, other, budget)),
  },
  {
    name: 'until',
    arity: [1, 1],
    doc: 'The numbers from 0 up to, not including, the argument; downwards where it is negative.',
    examples: [
      ['{{ until 3 }}', [0, 1, 2]],
      ['{{ until -2 }}', [0, -1]],
    ],
    call: ([end], { budget }) => count(0, asWhole(end!), asWhole(end!) < 0 ? -1 : 1, budget),
  },
  {
    name: 'seq',
    arity: [1, 3],
    doc: 'Numbers as the command seq gives them, both ends included: `seq END`, `seq START END`, `seq START STEP END`.',
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
      return count(start, end + direction, step, budget)
    },
  },
  {
    name: 'pluck',
    arity: [2, Infinity],
    doc: 'The values under a key in each object that has it. The objects are single arguments or one list.',
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
