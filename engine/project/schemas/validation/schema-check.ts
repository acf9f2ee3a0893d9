import type { Violation } from '../../../core/errors.ts'
import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import { DefaultFinder } from './default-finder.ts'
import { copyValue, createDefaultFiller } from './defaults.ts'
import type { Patterns } from './linear-pattern.ts'
import type { SchemaDraft } from './metaschema.ts'
import { Meter, TooManyErrors, ValidationLimit } from './meter.ts'
import { enter, References, type RootedSchema } from './references.ts'
import { ValidationRun, type Check } from './run.ts'
import { createValidatorBuilder } from './validator.ts'
import { toViolations } from './violations.ts'

/** A compiled schema. Neither method throws, whatever the value is. */
export interface SchemaCheck {
  /** Returns the violations of a value as it is, without defaults; none if it fits. */
  violations(value: JsonValue): readonly Violation[]
  /**
   * Returns a copy of a value with the schema's defaults filled in, nested ones too, and the
   * violations of the copy. The value itself stays as it is.
   */
  accept(value: JsonValue): { readonly value: JsonValue; readonly violations: readonly Violation[] }
}

/** Levels that a value may nest, as many as a template may make. */
const maximumValueDepth = 500

function nestsDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const item of Object.values(value)) if (nestsDeeper(item, levels - 1)) return true
  return false
}

const tooDeep: Violation = {
  pointer: '',
  message: `is nested too deep; at most ${maximumValueDepth} levels are allowed`,
}

/** Describes why a validation gave up; what is thrown is never the caller's to handle. */
function toLimit(thrown: unknown): Violation {
  if (thrown instanceof ValidationLimit) return { pointer: '', message: thrown.message }
  if (thrown instanceof RangeError)
    return {
      pointer: '',
      message: 'makes the schema refer to itself too often; send a flatter value',
    }
  return { pointer: '', message: `can't be validated: ${String(thrown).slice(0, 200)}` }
}

/**
 * Finds the violations of a value that has at least one. Where that takes too much work, those
 * found so far are returned.
 */
function findAll(check: Check, value: JsonValue, meter: Meter): readonly Violation[] {
  meter.reset()
  const run = new ValidationRun(meter, true)
  let isComplete = true
  try {
    check(value, run)
  } catch (thrown) {
    if (!(thrown instanceof TooManyErrors) && run.failures.length === 0) return [toLimit(thrown)]
    isComplete = false
  }
  return toViolations(run.failures, isComplete)
}

/** Compiles a schema that is known to be one. */
export function toCheck(schema: JsonValue, patterns: Patterns): SchemaCheck {
  return createCheckBuilder(schema, patterns)(enter(schema, schema))
}

/** Returns a function that builds the check of any part of a schema. */
export function createCheckBuilder(
  schema: JsonValue,
  patterns: Patterns,
  meter = new Meter(),
): (part: RootedSchema) => SchemaCheck {
  const references = new References()
  const isDraft7 = draftOf(schema) === 'draft7'
  const build = createValidatorBuilder(schema, { references, patterns, isDraft7 })
  const finder = new DefaultFinder(references)
  return (part) => checkWith(build(part), createDefaultFiller(part, meter, finder, patterns), meter)
}

function checkWith(
  check: Check,
  fillDefaults: ReturnType<typeof createDefaultFiller>,
  meter: Meter,
): SchemaCheck {
  const judge = (value: JsonValue, fill: typeof fillDefaults) => {
    meter.reset()
    if (nestsDeeper(value, maximumValueDepth)) return { value, violations: [tooDeep] }
    try {
      const copy = fill === undefined ? value : copyValue(value, meter)
      fill?.(copy)
      if (check(copy, new ValidationRun(meter, false))) return { value: copy, violations: [] }
      return { value: copy, violations: findAll(check, copy, meter) }
    } catch (thrown) {
      return { value, violations: [toLimit(thrown)] }
    }
  }
  return {
    accept: (value) => judge(value, fillDefaults),
    violations: (value) => judge(value, undefined).violations,
  }
}

/** Returns the draft that a schema names; undefined for one that is not supported. */
export function draftOf(schema: JsonValue): SchemaDraft | undefined {
  const dialect = isJsonObject(schema) ? schema['$schema'] : undefined
  if (dialect === undefined) return 'latest'
  if (typeof dialect !== 'string') return undefined
  if (dialect.includes('2020-12')) return 'latest'
  return dialect.includes('draft-07') ? 'draft7' : undefined
}
