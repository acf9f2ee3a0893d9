import type { JsonObject } from '../core/json.ts'
import { definitions, dialect, objectSchema } from '../compiler/shapes/editor-schema.ts'
import { projectFields } from './project-shape.ts'

/**
 * JSON Schema (2020-12) of compozy.yaml, for editors. The sections that `config/` owns are only
 * known to be mappings here.
 */
export function projectJsonSchema(): JsonObject {
  const { duration, id, json_schema: schema } = definitions
  return {
    $schema: dialect,
    title: 'Compozy project',
    ...objectSchema(projectFields),
    $defs: { duration: duration!, id: id!, json_schema: schema! },
  }
}
