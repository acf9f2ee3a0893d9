import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsModule from 'ajv-formats'
import type { Violation } from '../../../core/errors.ts'
import { jsonPointer } from '../../../core/json-inspection.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import type { Path } from '../../../core/source.ts'
import { valueAt, type Report } from '../../../schema/report.ts'
import { createCanonical } from './canonical.ts'
import { copyValue, createDefaultFiller, findUnfilledDefaults } from './defaults.ts'
import { limitFormats } from './formats.ts'
import {
  addKeywords,
  createValidationScope,
  meterKeyword,
  type ValidationScope,
} from './keywords.ts'
import { compileLinearPattern, createPatternEngine } from './linear-pattern.ts'
import { Meter, TooManyErrors, ValidationLimit } from './meter.ts'
import { mapSchemas, subschemasOf } from './subschemas.ts'
import { toViolation, toViolations } from './violations.ts'

/** A compiled schema. Neither method throws, whatever the value is. */
export interface SchemaCheck {
  /** Returns the violations of a value; none if it fits. The value itself stays as it is. */
  violations(value: JsonValue): readonly Violation[]
  /** The same, and a copy of the value with the schema's defaults filled in, nested ones too. */
  accept(value: JsonValue): { readonly value: JsonValue; readonly violations: readonly Violation[] }
}

/** Compiles schemas; what is wrong in one is reported at its place. */
export interface SchemaCompiler {
  /**
   * @param path where the schema stands in the report's file; `resolved` has its references written
   * out
   */
  compile(resolved: JsonValue, path: Path, report: Report): SchemaCheck | undefined
  /** Compiles a schema that `compile` has accepted before, in this thread or another. */
  compileAccepted(resolved: JsonValue): SchemaCheck
}

type SchemaDraft = 'latest' | 'draft7'

const drafts = 'JSON Schema 2020-12 (the default) or draft-07'

/** Compilers of one draft: `first` stops at the first error, `all` finds every one. */
interface SchemaEngine {
  readonly first: Ajv
  readonly all: Ajv
  readonly meter: Meter
  readonly scope: ValidationScope
}

function createSchemaEngine(draft: SchemaDraft): SchemaEngine {
  const meter = new Meter()
  const scope = createValidationScope(meter)
  const create = (allErrors: boolean): Ajv => {
    const options = {
      allErrors,
      strict: false,
      verbose: true,
      logger: false,
      addUsedSchema: false,
      ownProperties: true,
      code: { regExp: createPatternEngine(meter) },
    } as const
    const ajv = draft === 'latest' ? new Ajv2020(options) : new Ajv(options)
    formatsModule.default(ajv)
    limitFormats(ajv, meter)
    addKeywords(ajv, scope, meter)
    return ajv
  }
  return { first: create(false), all: create(true), meter, scope }
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
 * Finds every violation of a value that has at least one. Where that takes too long, the violation
 * that is known stands for all.
 */
function findAll(validate: ValidateFunction, value: JsonValue, known: readonly ErrorObject[]) {
  try {
    validate(value)
    return toViolations(validate.errors ?? known, true)
  } catch (thrown) {
    const found = thrown instanceof TooManyErrors ? (thrown.errors as readonly ErrorObject[]) : null
    return toViolations(found ?? known, false)
  }
}

/** Gives a root an `$id` if it has none: without one, Ajv can't resolve `$ref: '#'`. */
function withId(schema: JsonValue, scope: ValidationScope): JsonObject {
  if (!isJsonObject(schema)) return schema === false ? { not: {} } : {}
  return typeof schema['$id'] === 'string'
    ? schema
    : { ...schema, $id: `compozy:${++scope.schemas}` }
}

function toCheck(schema: JsonValue, engine: SchemaEngine): SchemaCheck {
  const { first, all, meter, scope } = engine
  const fill = createDefaultFiller(schema, meter)
  const metered = withId(
    mapSchemas(schema, (inner) => ({ ...inner, [meterKeyword]: true })),
    scope,
  )
  const validate = first.compile(metered)
  let validateAll: ValidateFunction | undefined

  const accept = (value: JsonValue) => {
    meter.reset()
    scope.canonical = createCanonical(meter)
    if (nestsDeeper(value, maximumValueDepth)) return { value, violations: [tooDeep] }
    try {
      const copy = fill === undefined ? value : copyValue(value, meter)
      fill?.(copy)
      if (validate(copy)) return { value: copy, violations: [] }
      validateAll ??= all.compile(metered)
      meter.reset()
      return { value: copy, violations: findAll(validateAll, copy, validate.errors ?? []) }
    } catch (thrown) {
      return { value, violations: [toLimit(thrown)] }
    }
  }
  return { accept, violations: (value) => accept(value).violations }
}

/** As much of a pointer's way as really stands in the file: a followed reference ends it. */
function pathOf(pointer: string, path: Path, report: Report): Path {
  const result = [...path]
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const next = valueAt(report.source, [...result, key])
    if (next === undefined) break
    result.push(Array.isArray(valueAt(report.source, result)) ? Number(key) : key)
  }
  return result
}

/** Reports an invalid schema, each place once. */
function reportErrors(errors: readonly ErrorObject[], path: Path, report: Report): void {
  const reported = new Set<string>()
  for (const error of errors) {
    const at = pathOf(error.instancePath, path, report)
    if (error.keyword === 'anyOf' || reported.has(at.join('/'))) continue
    reported.add(at.join('/'))
    const { message } = toViolation(error)
    report.error(at, `no valid JSON Schema: "${at.at(-1)}" ${message}`, {
      hint: `${drafts} is expected here`,
    })
  }
}

/** Reports patterns that RE2 can't match; returns whether there are any. */
function reportPatterns(schema: JsonValue, path: Path, pointer: string, report: Report): boolean {
  if (!isJsonObject(schema)) return false
  let found = false
  const check = (source: string, at: string): void => {
    const pattern = compileLinearPattern(source)
    if (!('unsupported' in pattern)) return
    found = true
    report.error(
      pathOf(at, path, report),
      `the pattern ${JSON.stringify(source)} is not supported: ${pattern.unsupported}`,
      { hint: 'patterns are RE2, which matches in linear time: no lookaround, no backreference' },
    )
  }
  if (typeof schema['pattern'] === 'string') check(schema['pattern'], `${pointer}/pattern`)
  const patterns = isJsonObject(schema['patternProperties']) ? schema['patternProperties'] : {}
  for (const source of Object.keys(patterns))
    check(source, `${pointer}/patternProperties${jsonPointer([source])}`)
  for (const { path: step, schema: inner } of subschemasOf(schema))
    found = reportPatterns(inner, path, pointer + jsonPointer(step), report) || found
  return found
}

/** Warns of defaults that are not filled in, because their schema may not apply. */
function reportDefaults(schema: JsonValue, path: Path, report: Report): void {
  for (const step of findUnfilledDefaults(schema)) {
    const keyword = step.findLast((name) => typeof name === 'string') ?? ''
    report.warning(
      pathOf(jsonPointer(step), path, report),
      `defaults inside "${keyword}" are not filled in; the schema there may not apply`,
      {
        hint: 'put a default where it always applies: in properties, items, allOf or behind a $ref',
      },
    )
  }
}

function draftOf(schema: JsonValue): SchemaDraft | undefined {
  const dialect = isJsonObject(schema) ? schema['$schema'] : undefined
  if (dialect === undefined) return 'latest'
  if (typeof dialect !== 'string') return undefined
  if (dialect.includes('2020-12')) return 'latest'
  return dialect.includes('draft-07') ? 'draft7' : undefined
}

/** Creates a compiler for both drafts; one per loaded project. */
export function createSchemaCompiler(): SchemaCompiler {
  const shared = new Map<SchemaDraft, SchemaEngine>()

  const engineFor = (schema: JsonValue, draft: SchemaDraft): SchemaEngine => {
    // Two schemas of one $id would be taken for the same one, so those do not share.
    if (JSON.stringify(schema).includes('"$id"')) return createSchemaEngine(draft)
    const engine = shared.get(draft) ?? createSchemaEngine(draft)
    shared.set(draft, engine)
    return engine
  }

  return {
    compile(resolved, path, report) {
      const draft = draftOf(resolved)
      if (draft === undefined) {
        report.error([...path, '$schema'], 'this draft of JSON Schema is not supported', {
          hint: `allowed: ${drafts}`,
        })
        return undefined
      }
      try {
        const engine = engineFor(resolved, draft)
        if (engine.all.validateSchema(resolved as JsonObject) !== true) {
          reportErrors(engine.all.errors ?? [], path, report)
          return undefined
        }
        if (reportPatterns(resolved, path, '', report)) return undefined
        reportDefaults(resolved, path, report)
        return toCheck(resolved, engine)
      } catch (thrown) {
        const reason = thrown instanceof Error ? thrown.message : String(thrown)
        report.error(path, `no valid JSON Schema: ${reason}`)
        return undefined
      }
    },
    compileAccepted: (resolved) =>
      toCheck(resolved, engineFor(resolved, draftOf(resolved) ?? 'latest')),
  }
}
