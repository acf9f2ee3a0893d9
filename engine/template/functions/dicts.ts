import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { EvaluationBudget } from '../evaluate/budget.ts'
import { readKey } from '../evaluate/missing-value.ts'
import { sortTexts } from '../evaluate/text-order.ts'
import { asObject, asText, type TemplateFunctions } from './function.ts'

/** Returns the keys in the order that range visits them: sorted by their bytes, as Go does. */
export function sortedKeys(object: JsonObject, budget: EvaluationBudget): string[] {
  const keys = budget.keysOf(object).filter((key) => object[key] !== undefined)
  return sortTexts(keys, budget)
}

/** Returns the deep union of two objects; the target's value of a key wins. */
function mergeInto(
  target: JsonObject,
  source: JsonObject,
  budget: EvaluationBudget,
  depth: number,
): JsonObject {
  budget.enterLevel(depth)
  const entries = Object.entries(source)
  budget.charge(entries.length)
  budget.charge(budget.keysOf(target).length * 2)
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

/**
 * Objects. No function changes its arguments. Only own keys count: `constructor` is missing like
 * any other.
 */
export const dictFunctions: TemplateFunctions = [
  {
    name: 'dict',
    arity: [0, Infinity],
    doc: 'An object from alternating keys and values.',
    examples: [
      ['{{ dict "a" 1 "b" (list 2) }}', { a: 1, b: [2] }],
      ['{{ dict }}', {}],
    ],
    pairs: true,
    constantTime: true,
    call: (args) => {
      const entries: [string, JsonValue][] = []
      for (let at = 0; at < args.length; at += 2) entries.push([asText(args[at]!), args[at + 1]!])
      return Object.fromEntries(entries)
    },
  },
  {
    name: 'get',
    arity: [2, 2],
    doc: 'The value of a key, a null too; "" when the key or the object is missing.',
    examples: [
      ['{{ get (dict "a" 1) "a" }}', 1],
      ['{{ get (dict "a" nil) "a" }}', null],
      ['{{ get (dict "a" 1) "b" }}', ''],
      ['{{ get .missing "a" }}', ''],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([object, key], { rules }) => {
      const value = object === null ? undefined : readKey(asObject(object!), asText(key!))
      return value === undefined || (value === null && rules.hidesNull) ? '' : value
    },
  },
  {
    name: 'set',
    arity: [3, 3],
    doc: 'A copy of the object with one key set.',
    examples: [['{{ set (dict "a" 1) "b" 2 }}', { a: 1, b: 2 }]],
    call: ([object, key, value], { budget }) => {
      const owner = asObject(object!)
      budget.charge(budget.keysOf(owner).length)
      return { ...owner, [asText(key!)]: value! }
    },
  },
  {
    name: 'hasKey',
    arity: [2, 2],
    doc: 'Whether an object has a key, even when its value is null.',
    examples: [
      ['{{ hasKey (dict "a" nil) "a" }}', true],
      ['{{ hasKey (dict "a" 1) "b" }}', false],
      ['{{ hasKey .missing "a" }}', false],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([object, key]) =>
      object !== null && readKey(asObject(object!), asText(key!)) !== undefined,
  },
  {
    name: 'keys',
    arity: [1, Infinity],
    doc: "The keys of all objects; each object's keys are sorted.",
    examples: [['{{ keys (dict "b" 1 "a" 2) }}', ['a', 'b']]],
    call: (args, { budget }) => args.flatMap((object) => sortedKeys(asObject(object), budget)),
  },
  {
    name: 'values',
    arity: [1, 1],
    doc: 'The values of an object, in the order of its sorted keys.',
    examples: [['{{ values (dict "b" 1 "a" 2) }}', [2, 1]]],
    call: ([value], { budget }) => {
      const object = asObject(value!)
      return sortedKeys(object, budget).map((key) => object[key]!)
    },
  },
  {
    name: 'pick',
    arity: [2, Infinity],
    doc: 'A copy of the object with only these keys, if it has them.',
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
    doc: 'A copy of the object without these keys.',
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
    doc: 'A new object with the keys of all arguments, merged deeply. The first argument that has a key wins.',
    examples: [
      ['{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', { a: 1, b: 3 }],
      ['{{ merge (dict "a" (dict "x" 1)) (dict "a" (dict "y" 2)) }}', { a: { x: 1, y: 2 } }],
    ],
    call: (args, { budget }) =>
      args.map(asObject).reduce((merged, next) => mergeInto(merged, next, budget, 0), {}),
  },
]
