import { formatPlace } from '../../../../core/source.ts'
import { createReport } from '../../../../schema/report.ts'
import { readSource } from '../../../yaml/read-source.ts'
import type { SchemaCheck } from '../schema-check.ts'
import { createSchemaCompiler, type SchemaUse } from '../schema-compiler.ts'

/**
 * Compiles a schema written as YAML; what the report says comes as `line:column: severity:
 * message`.
 */
export function compileSchema(
  text: string,
  use: SchemaUse = 'input',
): {
  readonly check: SchemaCheck | undefined
  readonly reported: readonly string[]
} {
  const { source } = readSource('schema.yaml', text)
  const report = createReport(source!)
  const check = createSchemaCompiler().compile(source!.value, [], report, use)
  const reported = report.diagnostics.map(({ place, severity, message }) => {
    const [, line, column] = formatPlace(place).split(':')
    return `${line}:${column}: ${severity}: ${message}`
  })
  return { check, reported }
}

/** Compiles a schema that must be valid. */
export function checkOf(schema: object): SchemaCheck {
  const { check, reported } = compileSchema(JSON.stringify(schema))
  if (check === undefined) throw new Error(reported.join('\n'))
  return check
}
