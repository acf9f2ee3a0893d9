import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Path } from '../../core/source.ts'
import type { Report } from '../../schema/report.ts'
import type { SchemaCheck } from './validation/schema-check.ts'
import type { SchemaCompiler, SchemaUse } from './validation/schema-compiler.ts'
import { resolveSchema, type SchemaScope } from './schema-reference.ts'

/** A schema of a project's file, ready to check values. */
export interface ReadSchema {
  /** With its references written out. */
  readonly schema: JsonObject
  readonly check: SchemaCheck
}

/** Reads the schemas of one file. */
export interface SchemaReader {
  /** Returns undefined without a schema, or for an invalid one; the report says why. */
  read(schema: JsonValue | undefined, path: Path, use: SchemaUse): ReadSchema | undefined
}

/** A reader for the schemas of one file: references written out, then compiled. */
export function createSchemaReader(
  scope: SchemaScope,
  compiler: SchemaCompiler,
  report: Report,
): SchemaReader {
  return {
    read(raw, path, use) {
      if (raw === undefined) return undefined
      const schema = resolveSchema(raw, path, scope, report)
      if (schema === undefined) return undefined
      const check = compiler.compile(schema, path, report, use)
      return check && { schema: asObject(schema), check }
    },
  }
}

/** Returns a schema as an object. The schemas `true` and `false` accept anything and nothing. */
function asObject(schema: JsonValue): JsonObject {
  if (isJsonObject(schema)) return schema
  return schema === false ? { not: {} } : {}
}
