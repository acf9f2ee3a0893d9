import { createRequire } from 'node:module'
import type * as ajv from 'ajv'
import type * as ajv2020 from 'ajv/dist/2020.js'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { isPlainSchema } from './plain-schema.ts'

/** A draft of JSON Schema that a schema may be written in. */
export type SchemaDraft = 'latest' | 'draft7'

const options: ajv.Options = { allErrors: true, strict: false, logger: false }
const load = createRequire(import.meta.url)

function createAjv(draft: SchemaDraft): ajv.Ajv {
  if (draft === 'latest') {
    const { Ajv2020 } = load('ajv/dist/2020.js') as typeof ajv2020
    return new Ajv2020(options)
  }
  const { Ajv } = load('ajv') as typeof ajv
  return new Ajv(options)
}

/**
 * Checks that schemas are schemas. Ajv and its metaschemas take 100 ms to load and compile, so they
 * are loaded at the first schema that is not plain.
 */
export class Metaschema {
  readonly #loaded = new Map<SchemaDraft, ajv.Ajv>()

  /** Returns what is wrong with a schema; nothing if it is valid. Throws where Ajv gives up. */
  errors(schema: JsonValue, draft: SchemaDraft): readonly ajv.ErrorObject[] {
    if (isPlainSchema(schema)) return []
    const validator = this.#loaded.get(draft) ?? createAjv(draft)
    this.#loaded.set(draft, validator)
    const isValid = validator.validateSchema(schema as JsonObject) === true
    return isValid ? [] : (validator.errors ?? [])
  }
}
