import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsModule from 'ajv-formats'
import type { Violation } from '../core/errors.ts'
import { isJsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import { valueAt, type Report } from '../schema/report.ts'

/** A compiled schema. */
export interface SchemaCheck {
  /** Violations of a value; none: it fits. The value itself stays as it is. */
  violations(value: JsonValue): readonly Violation[]
  /** The same, and the value with the schema's defaults filled in, nested ones too. */
  accept(value: JsonValue): { readonly value: JsonValue; readonly violations: readonly Violation[] }
}

/** Compiles schemas; what is wrong in one is reported at its place. */
export interface SchemaCompiler {
  /** @param path where the schema stands in the report's file; `resolved` is it with its references written out */
  compile(resolved: JsonValue, path: Path, report: Report): SchemaCheck | undefined
}

const options = {
  allErrors: true,
  useDefaults: true,
  strict: false,
  verbose: true,
  logger: false,
  addUsedSchema: false,
} as const
const drafts = 'JSON Schema 2020-12 (the default) or draft-07'

function pointerStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** One error of Ajv in our words where its own leave out what matters. */
function toViolation({
  keyword,
  instancePath,
  params,
  message = 'is not allowed',
  parentSchema,
}: ErrorObject): Violation {
  const given = params as Record<string, unknown>
  if (keyword === 'required' || keyword === 'dependentRequired') {
    const missing = String(given['missingProperty'])
    return { pointer: `${instancePath}/${pointerStep(missing)}`, message: 'is required' }
  }
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const extra = String(given['additionalProperty'] ?? given['unevaluatedProperty'])
    const schema = parentSchema as { properties?: object } | undefined
    const guess = didYouMean(extra, Object.keys(schema?.properties ?? {}))
    return {
      pointer: `${instancePath}/${pointerStep(extra)}`,
      message: `is not a known property${guess}`,
    }
  }
  if (keyword === 'enum') {
    const allowed = (given['allowedValues'] as readonly unknown[]).map((value) =>
      JSON.stringify(value),
    )
    return { pointer: instancePath, message: `must be one of ${allowed.join(', ')}` }
  }
  if (keyword === 'const')
    return { pointer: instancePath, message: `must be ${JSON.stringify(given['allowedValue'])}` }
  return { pointer: instancePath, message }
}

function toCheck(validate: ValidateFunction): SchemaCheck {
  const accept = (value: JsonValue) => {
    const copy = structuredClone(value)
    const fits = validate(copy)
    return { value: copy, violations: fits ? [] : (validate.errors ?? []).map(toViolation) }
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

function createAjv(draft: 'latest' | 'draft7'): Ajv {
  const ajv = draft === 'latest' ? new Ajv2020(options) : new Ajv(options)
  formatsModule.default(ajv)
  return ajv
}

/** Compilers for both drafts; one per loaded project. */
export function createSchemaCompiler(): SchemaCompiler {
  const shared = new Map<'latest' | 'draft7', Ajv>()

  const compilerFor = (schema: JsonValue): Ajv | undefined => {
    const given = isJsonObject(schema) ? schema['$schema'] : undefined
    const text = given === undefined ? '2020-12' : typeof given === 'string' ? given : ''
    const draft = text.includes('2020-12')
      ? 'latest'
      : text.includes('draft-07')
        ? 'draft7'
        : undefined
    if (draft === undefined) return undefined
    // Two schemas of one $id would be taken for the same one; those get a compiler for themselves.
    if (JSON.stringify(schema).includes('"$id"')) return createAjv(draft)
    if (!shared.has(draft)) shared.set(draft, createAjv(draft))
    return shared.get(draft)
  }

  return {
    compile(resolved, path, report) {
      const ajv = compilerFor(resolved)
      if (ajv === undefined) {
        report.error([...path, '$schema'], 'this draft of JSON Schema is not supported', {
          hint: `allowed: ${drafts}`,
        })
        return undefined
      }
      const schema = resolved as Parameters<typeof ajv.compile>[0]
      if (ajv.validateSchema(schema) !== true) {
        const told = new Set<string>()
        for (const error of ajv.errors ?? []) {
          const at = pathOf(error.instancePath, path, report)
          if (error.keyword === 'anyOf' || told.has(at.join('/'))) continue
          told.add(at.join('/'))
          const { message } = toViolation(error)
          report.error(at, `no valid JSON Schema: "${at.at(-1)}" ${message}`, {
            hint: `${drafts} is expected here`,
          })
        }
        return undefined
      }
      try {
        return toCheck(ajv.compile(schema))
      } catch (thrown) {
        report.error(
          path,
          `no valid JSON Schema: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        )
        return undefined
      }
    },
  }
}
