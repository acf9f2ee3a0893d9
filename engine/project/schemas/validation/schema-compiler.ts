import { setImmediate } from 'node:timers/promises'
import type { ErrorObject } from 'ajv'
import { jsonPointer } from '../../../core/json-pointer.ts'
import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import type { Path } from '../../../core/source.ts'
import { pathInFile } from '../../../schema/path-in-file.ts'
import type { Report } from '../../../schema/report.ts'
import { createDefaultCheck } from './default-check.ts'
import { Patterns, shortSource, sizeOfPattern } from './linear-pattern.ts'
import { Metaschema } from './metaschema.ts'
import { neverFilled, reportRequired, reportUnfilled } from './report-defaults.ts'
import { draftOf, type SchemaCheck, toCheck } from './schema-check.ts'
import { findSurprises } from './surprises.ts'
import { subschemasOf } from './subschemas.ts'
import { shortList } from './violations.ts'

/**
 * What a schema is for. `input`: its defaults are filled in, or may be, as those of a schema that
 * others refer to. `check`: values are checked as they are.
 */
export type SchemaUse = 'input' | 'check'

/** Compiles schemas; what is wrong in one is reported at its place. */
export interface SchemaCompiler {
  /**
   * @param path where the schema stands in the report's file; `resolved` has its references written
   * out
   */
  compile(resolved: JsonValue, path: Path, report: Report, use: SchemaUse): SchemaCheck | undefined
  /**
   * Compiles a schema that `compile` has accepted before, in this thread or another. Between two
   * patterns, other work of the event loop goes on.
   */
  compileAccepted(resolved: JsonValue): Promise<SchemaCheck>
}

const drafts = 'JSON Schema 2020-12 (the default) or draft-07'

/** Returns what a failure of the metaschema says, with the values that are allowed. */
function describe({ message = 'is not allowed', params }: ErrorObject): string {
  const { allowedValues } = params as { allowedValues?: readonly JsonValue[] }
  return allowedValues === undefined ? message : `must be one of ${shortList(allowedValues)}`
}

/** Reports an invalid schema, each place once. */
function reportErrors(errors: readonly ErrorObject[], path: Path, report: Report): void {
  const reported = new Set<string>()
  for (const error of errors) {
    const at = pathInFile(error.instancePath, path, report)
    if (error.keyword === 'anyOf' || reported.has(at.join('/'))) continue
    reported.add(at.join('/'))
    report.error(at, `no valid JSON Schema: "${at.at(-1)}" ${describe(error)}`, {
      hint: `${drafts} is expected here`,
    })
  }
}
/** The most instructions that the patterns of one schema may compile to, roughly. */
const maximumPatterns = 20_000

interface FoundPattern {
  readonly source: string
  readonly pointer: string
}

/** Finds the patterns of a schema and of the schemas inside it. */
function* findPatterns(schema: JsonValue, pointer = ''): Generator<FoundPattern> {
  if (!isJsonObject(schema)) return
  const { pattern, patternProperties } = schema
  if (typeof pattern === 'string') yield { source: pattern, pointer: `${pointer}/pattern` }
  for (const source of Object.keys(isJsonObject(patternProperties) ? patternProperties : {}))
    yield { source, pointer: `${pointer}/patternProperties${jsonPointer([source])}` }
  for (const { path, schema: inner } of subschemasOf(schema))
    yield* findPatterns(inner, pointer + jsonPointer(path))
}

/** Reports patterns that RE2 can't match, or that are too large; returns whether there are any. */
function reportPatterns(
  schema: JsonValue,
  path: Path,
  patterns: Patterns,
  report: Report,
): boolean {
  let found = false
  let size = 0
  for (const { source, pointer } of findPatterns(schema)) {
    const isNew = !patterns.has(source)
    const pattern = patterns.get(source)
    if (isNew && 'test' in pattern) size += sizeOfPattern(source)
    if (size > maximumPatterns) {
      const most = maximumPatterns.toLocaleString('en')
      const message = `the patterns of the schema compile to more than ${most} instructions`
      report.error(pathInFile(pointer, path, report), message, {
        hint: 'use fewer or shorter patterns',
      })
      return true
    }
    if ('test' in pattern) continue
    found = true
    report.error(
      pathInFile(pointer, path, report),
      `the pattern ${shortSource(JSON.stringify(source))} is not supported: ${pattern.unsupported}`,
      { hint: 'patterns are RE2, which matches in linear time: no lookaround, no backreference' },
    )
  }
  return found
}

const maximumSurprises = 20

/** Warns of what a valid schema ignores or refuses against its author's intent. */
function reportSurprises(
  schema: JsonValue,
  path: Path,
  { patterns, report, use }: { patterns: Patterns; report: Report; use: SchemaUse },
): void {
  const misfitOf = createDefaultCheck(schema, patterns)
  let warned = 0
  const misfitHint = use === 'input' ? 'a run without a value of its own is refused' : neverFilled
  const surprises = findSurprises(schema, { misfitOf, misfitHint })
  for (const { path: step, message, ...at } of surprises) {
    report.warning(pathInFile(jsonPointer(step), path, report), message, at)
    if (++warned === maximumSurprises) return
  }
}

/**
 * Creates a compiler for both drafts; one per loaded project. Ajv only checks that a schema is one:
 * it would compile each schema to code, which takes 700 ms for 1,000 properties.
 */
export function createSchemaCompiler(): SchemaCompiler {
  const metaschema = new Metaschema()
  const patterns = new Patterns()

  return {
    compile(resolved, path, report, use) {
      const draft = draftOf(resolved)
      if (draft === undefined) {
        report.error([...path, '$schema'], 'this draft of JSON Schema is not supported', {
          hint: `allowed: ${drafts}`,
        })
        return undefined
      }
      try {
        const errors = metaschema.errors(resolved, draft)
        if (errors.length > 0) {
          reportErrors(errors, path, report)
          return undefined
        }
        if (reportPatterns(resolved, path, patterns, report)) return undefined
        if (use === 'input') reportUnfilled(resolved, path, report)
        else reportRequired(resolved, path, report)
        reportSurprises(resolved, path, { patterns, report, use })
        return toCheck(resolved, patterns)
      } catch (thrown) {
        report.error(path, `no valid JSON Schema: ${reasonOf(thrown)}`)
        return undefined
      }
    },
    async compileAccepted(resolved) {
      for (const { source } of findPatterns(resolved)) {
        if (patterns.has(source)) continue
        await setImmediate()
        patterns.get(source)
      }
      await setImmediate()
      return toCheck(resolved, patterns)
    },
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof RangeError) return 'it is nested too deep'
  return thrown instanceof Error ? thrown.message : String(thrown)
}
