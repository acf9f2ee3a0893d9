import type { JsonValue } from './json.ts'
import { brokenText, JsonInspection, type JsonBounds, type JsonRefusal } from './json-inspection.ts'

/**
 * How deep JSON from outside may nest: far above real documents, far below what recursion bears.
 */
export const maximumJsonDepth = 200

/** What {@link parseExactJson} accepts, where it differs from the defaults. */
export type ExactJsonOptions = Partial<JsonBounds>

/** A value that is exactly what the text says, or why there is none. */
export type ParsedJson = { readonly value: JsonValue } | { readonly refusal: JsonRefusal }

const notJson = (error: unknown): JsonRefusal => ({
  pointer: '',
  message: `is not valid JSON: ${(error as Error).message}`,
})

/** A text that was inspected: parse it next, or refuse it. */
export interface InspectedJson {
  /** What `JSON.parse` would alter; undefined if nothing, or if the text is not JSON. */
  readonly refusal: JsonRefusal | undefined
  /** Parses the text where it is JSON; whoever has to yield does so before. */
  parse(): ParsedJson
}

/** Inspects a text without parsing it; see {@link parseExactJson}. */
export function inspectJson(text: string, options: ExactJsonOptions = {}): InspectedJson {
  const inspection = new JsonInspection(text, { depth: maximumJsonDepth, ...options })
  let refusal: JsonRefusal | undefined
  let problem: JsonRefusal | undefined
  try {
    refusal = inspection.run()
    if (refusal === undefined && !text.isWellFormed())
      refusal = { pointer: '', message: brokenText }
  } catch (error) {
    problem = notJson(error)
  }
  return {
    refusal,
    parse() {
      if (problem !== undefined) return { refusal: problem }
      if (refusal !== undefined && inspection.isTooLarge) return { refusal }
      try {
        const value = JSON.parse(text) as JsonValue
        return refusal === undefined ? { value } : { refusal }
      } catch (error) {
        return { refusal: notJson(error) }
      }
    },
  }
}

/**
 * Parses JSON from outside so that every value is exactly what the text says: numbers that a double
 * would alter, half characters, a key given twice, keys that reach a prototype and deep nesting are
 * refused with their place. Linear in the text. Pure, so it runs in the workflow sandbox too.
 *
 * @example
 * parseExactJson('{"id": 9007199254740993}') // { refusal: { pointer: '/id', message: … } }
 */
export function parseExactJson(text: string, options: ExactJsonOptions = {}): ParsedJson {
  return inspectJson(text, options).parse()
}
