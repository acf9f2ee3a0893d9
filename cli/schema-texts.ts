import { projectJsonSchema } from '../engine/project/json-schema.ts'
import { workflowJsonSchema } from '../engine/compiler/shapes/editor-schema.ts'

const text = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`

/** The JSON Schemas of project and workflow files, as text. */
export const schemaTexts = {
  workflow: () => text(workflowJsonSchema()),
  project: () => text(projectJsonSchema()),
} as const
