import type { JsonObject, JsonValue } from '../../../../core/json.ts'
import { didYouMean } from '../../../../core/nearest.ts'
import { matchMetered, type LinearPattern } from '../linear-pattern.ts'
import type { Check, ValidationRun } from '../run.ts'
import { objectKeyword, type Keyword } from './keyword.ts'

/** A longer key is not a typo of a known one. */
const maximumGuessed = 100

/** Describes a property that a schema does not allow. */
export function describeUnknown(name: string, properties: JsonObject): string {
  const known = name.length > maximumGuessed ? [] : Object.keys(properties)
  return `is not a known property${didYouMean(name, known)}`
}

type Named = readonly (readonly [string, Check])[]

/** Looks up each declared property. */
const checkDeclared =
  (declared: Named): Check =>
  (value, run) => {
    const object = value as JsonObject
    let isValid = true
    for (let i = 0; i < declared.length; i++) {
      const [name, check] = declared[i]!
      if (!Object.hasOwn(object, name)) continue
      run.evaluated?.properties.add(name)
      if (run.inside(name, object[name]!, check)) continue
      isValid = false
      if (!run.isCollecting) return false
    }
    return isValid
  }

/** Runs a check on each property of the value. */
const checkEach =
  (check: (name: string, item: JsonValue, run: ValidationRun) => boolean): Check =>
  (value, run) => {
    const object = value as JsonObject
    const names = Object.keys(object)
    run.meter.spend(names.length)
    let isValid = true
    for (const name of names) {
      if (check(name, object[name]!, run)) continue
      isValid = false
      if (!run.isCollecting) return false
    }
    return isValid
  }

/** With so many declared, those of the value are looked up instead. */
const manyDeclared = 16

/** `properties`, `patternProperties` and `additionalProperties`. */
export const properties: Keyword = {
  names: ['properties', 'patternProperties', 'additionalProperties'],
  create({ schema, build, patterns: known }) {
    const declared = objectKeyword(schema, 'properties') ?? {}
    const byPattern = objectKeyword(schema, 'patternProperties') ?? {}
    const additional = schema['additionalProperties']
    const named = Object.entries(declared).map(([name, inner]) => [name, build(inner)] as const)
    const patterns = Object.entries(byPattern).map(
      ([source, inner]): readonly [LinearPattern, Check] => [known.require(source), build(inner)],
    )
    const rest = additional === undefined ? undefined : build(additional)
    if (patterns.length === 0 && rest === undefined && named.length < manyDeclared)
      return named.length === 0 ? undefined : checkDeclared(named)

    const checks = new Map(named)
    return checkEach((name, item, run) => {
      const own = checks.get(name)
      let isDescribed = own !== undefined
      let isValid = own === undefined || run.inside(name, item, own)
      for (const [pattern, check] of patterns) {
        if (!matchMetered(pattern, name, run.meter)) continue
        isDescribed = true
        isValid = run.inside(name, item, check) && isValid
      }
      if (isDescribed || rest !== undefined) run.evaluated?.properties.add(name)
      if (isDescribed || rest === undefined) return isValid
      if (additional === false) return run.fail(() => describeUnknown(name, declared), name)
      return run.inside(name, item, rest)
    })
  },
}
