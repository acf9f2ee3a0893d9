import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError, maximumNesting } from '../evaluate/budget.ts'
import { readKey } from '../evaluate/missing-value.ts'
import { asObject, asText, type TemplateFunctions } from './function.ts'

/** Keys in the order that range visits them: sorted, as Go does. */
export function sortedKeys(object: JsonObject): string[] {
  return Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
}

/** Deep union; the first object that has a key wins. */
function mergeInto(
  target: JsonObject,
  source: JsonObject,
  budget: Budget,
  depth: number,
): JsonObject {
  if (depth > maximumNesting)
    throw new EvaluationError(`the value nests deeper than ${maximumNesting} levels`)
  const entries = Object.entries(source)
  budget.charge(entries.length)
  const added = entries.map(([key, value]): [string, JsonValue] => {
    const own = readKey(target, key)
    if (own === undefined) return [key, value]
    return [
      key,
      isJsonObject(own) && isJsonObject(value) ? mergeInto(own, value, budget, depth + 1) : own,
    ]
  })
  return Object.fromEntries([...Object.entries(target), ...added])
}

/** Objects. None of them changes its argument. Only own keys count: `constructor` is missing like any other. */
export const dictFunctions: TemplateFunctions = [
  {
    name: 'dict',
    arity: [0, Infinity],
    doc: 'An object of keys and values in turn.',
    examples: [
      ['{{ dict "a" 1 "b" (list 2) }}', { a: 1, b: [2] }],
      ['{{ dict }}', {}],
    ],
    pairs: true,
    call: (args) => {
      const entries: [string, JsonValue][] = []
      for (let at = 0; at < args.length; at += 2) entries.push([asText(args[at]!), args[at + 1]!])
      return Object.fromEntries(entries)
    },
  },
  {
    name: 'get',
    arity: [2, 2],
    doc: 'The value under a key of an object, "" where the key or the object is not there.',
    examples: [
      ['{{ get (dict "a" 1) "a" }}', 1],
      ['{{ get (dict "a" 1) "b" }}', ''],
      ['{{ get .missing "a" }}', ''],
    ],
    takesMissing: true,
    call: ([object, key]) =>
      object === null ? '' : (readKey(asObject(object!), asText(key!)) ?? ''),
  },
  {
    name: 'set',
    arity: [3, 3],
    doc: 'A new object with one key set.',
    examples: [['{{ set (dict "a" 1) "b" 2 }}', { a: 1, b: 2 }]],
    call: ([object, key, value], { budget }) => {
      const entries = Object.entries(asObject(object!))
      budget.charge(entries.length / 16)
      return Object.fromEntries([...entries, [asText(key!), value!]])
    },
  },
  {
    name: 'hasKey',
    arity: [2, 2],
    doc: 'Whether an object has a key, be its value null.',
    examples: [
      ['{{ hasKey (dict "a" nil) "a" }}', true],
      ['{{ hasKey (dict "a" 1) "b" }}', false],
      ['{{ hasKey .missing "a" }}', false],
    ],
    takesMissing: true,
    call: ([object, key]) =>
      object !== null && readKey(asObject(object!), asText(key!)) !== undefined,
  },
  {
    name: 'keys',
    arity: [1, Infinity],
    doc: "The keys of all objects, each object's in sorted order.",
    examples: [['{{ keys (dict "b" 1 "a" 2) }}', ['a', 'b']]],
    call: (args, { budget }) =>
      args.flatMap((object) => {
        const keys = sortedKeys(asObject(object))
        budget.charge(keys.length)
        return keys
      }),
  },
  {
    name: 'values',
    arity: [1, 1],
    doc: 'The values of an object in the order of its sorted keys.',
    examples: [['{{ values (dict "b" 1 "a" 2) }}', [2, 1]]],
    call: ([value], { budget }) => {
      const object = asObject(value!)
      const keys = sortedKeys(object)
      budget.charge(keys.length)
      return keys.map((key) => object[key]!)
    },
  },
  {
    name: 'pick',
    arity: [2, Infinity],
    doc: 'An object with these keys alone, as far as they are there.',
    examples: [['{{ pick (dict "a" 1 "b" 2) "a" "c" }}', { a: 1 }]],
    call: ([object, ...keys], { budget }) => {
      const wanted = new Set(keys.map(asText))
      const entries = Object.entries(asObject(object!))
      budget.charge(entries.length)
      return Object.fromEntries(entries.filter(([key]) => wanted.has(key)))
    },
  },
  {
    name: 'omit',
    arity: [2, Infinity],
    doc: 'An object without these keys.',
    examples: [['{{ omit (dict "a" 1 "b" 2) "a" "c" }}', { b: 2 }]],
    call: ([object, ...keys], { budget }) => {
      const unwanted = new Set(keys.map(asText))
      const entries = Object.entries(asObject(object!))
      budget.charge(entries.length)
      return Object.fromEntries(entries.filter(([key]) => !unwanted.has(key)))
    },
  },
  {
    name: 'merge',
    arity: [1, Infinity],
    doc: 'A new object of all arguments, merged deeply. The first one that has a key wins.',
    examples: [
      ['{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', { a: 1, b: 3 }],
      ['{{ merge (dict "a" (dict "x" 1)) (dict "a" (dict "y" 2)) }}', { a: { x: 1, y: 2 } }],
    ],
    call: (args, { budget }) =>
      args.map(asObject).reduce((merged, next) => mergeInto(merged, next, budget, 0), {}),
  },
]
