import type { JsonObject, JsonValue } from '../../../../core/json.ts'
import { listNames } from '../../../../core/nearest.ts'
import type { Check, ValidationRun } from '../run.ts'
import { listKeyword, numberKeyword, objectKeyword, type Keyword } from './keyword.ts'
import { describeUnknown, properties } from './properties.ts'

/** Limits the number of properties. */
function count(
  keyword: string,
  fits: (properties: number, limit: number) => boolean,
  how: string,
): Keyword {
  return {
    names: [keyword],
    create({ schema }) {
      const wanted = numberKeyword(schema, keyword)
      if (wanted === undefined) return undefined
      return (value, run) => {
        const properties = Object.keys(value as JsonObject).length
        run.meter.spend(properties)
        return (
          fits(properties, wanted) ||
          run.fail(() => `must NOT have ${how} than ${wanted} properties`)
        )
      }
    },
  }
}

const required: Keyword = {
  names: ['required'],
  create({ schema }) {
    const names = listKeyword(schema, 'required') as readonly string[] | undefined
    if (names === undefined || names.length === 0) return undefined
    return (value, run) => requireAll(names, value as JsonObject, run)
  },
}

function requireAll(names: readonly string[], object: JsonObject, run: ValidationRun): boolean {
  run.meter.spend(names.length >> 1)
  let isValid = true
  for (const name of names) {
    if (Object.hasOwn(object, name)) continue
    isValid = run.fail(() => 'is required', name)
    if (!run.isCollecting) return false
  }
  return isValid
}

const propertyNames: Keyword = {
  names: ['propertyNames'],
  create({ schema, build }) {
    if (schema['propertyNames'] === undefined) return undefined
    const check = build(schema['propertyNames'])
    return (value, run) => {
      let isValid = true
      for (const name of Object.keys(value as JsonObject)) {
        run.meter.spend(2)
        const before = run.failures.length
        if (run.try(check, name)) {
          run.forget(before)
          continue
        }
        isValid = run.fail(() => 'property name must be valid')
        if (!run.isCollecting) return false
      }
      return isValid
    }
  },
}

/** What must hold if an object has a property. */
function dependent(
  keyword: string,
  ask: (on: string, demanded: JsonValue, build: (inner: JsonValue) => Check) => Check,
): Keyword {
  return {
    names: [keyword],
    create({ schema, build }) {
      const entries = Object.entries(objectKeyword(schema, keyword) ?? {})
      if (entries.length === 0) return undefined
      const checks = entries.map(([on, demanded]) => [on, ask(on, demanded, build)] as const)
      return (value, run) => {
        run.meter.spend(checks.length >> 1)
        let isValid = true
        for (const [on, check] of checks) {
          if (!Object.hasOwn(value as JsonObject, on) || run.apart(check, value)) continue
          isValid = false
          if (!run.isCollecting) return false
        }
        return isValid
      }
    },
  }
}

const requireNames =
  (names: readonly string[]): Check =>
  (value, run) =>
    requireAll(names, value as JsonObject, run)

/** The older keyword for names and schemas alike. */
function dependency(on: string, demanded: JsonValue, build: (inner: JsonValue) => Check): Check {
  if (!Array.isArray(demanded)) return build(demanded)
  const names = demanded as readonly string[]
  const noun = names.length === 1 ? 'property' : 'properties'
  const message = `must have ${noun} ${listNames(names)} when property ${on} is present`
  return (value, run) =>
    names.every((name) => Object.hasOwn(value as JsonObject, name)) || run.fail(() => message)
}

/** Checks the properties that no other keyword has described. */
const unevaluatedProperties: Keyword = {
  names: ['unevaluatedProperties'],
  create({ schema, build }) {
    const inner = schema['unevaluatedProperties']
    if (inner === undefined) return undefined
    const check = build(inner)
    const declared = objectKeyword(schema, 'properties') ?? {}
    return (value, run) => {
      let isValid = true
      for (const [name, item] of Object.entries(value as JsonObject)) {
        if (run.evaluated?.properties.has(name) === true) continue
        run.evaluated?.properties.add(name)
        const isAllowed =
          inner === false
            ? run.fail(() => describeUnknown(name, declared), name)
            : run.inside(name, item, check)
        if (isAllowed) continue
        isValid = false
        if (!run.isCollecting) return false
      }
      return isValid
    }
  },
}

/** Keywords for objects; `unevaluatedProperties` asks what the others have evaluated. */
export const objectKeywords: readonly Keyword[] = [
  count('maxProperties', (properties, most) => properties <= most, 'more'),
  count('minProperties', (properties, least) => properties >= least, 'fewer'),
  required,
  propertyNames,
  properties,
  dependent('dependencies', dependency),
  dependent('dependentRequired', (_, names) => requireNames(names as readonly string[])),
  dependent('dependentSchemas', (_, inner, build) => build(inner)),
  unevaluatedProperties,
]
