import type { JsonValue } from './json.ts'
import { brokenText, JsonInspection, type JsonBounds, type JsonRefusal } from './json-inspection.ts'

/**
 * How deep JSON from outside may nest: far deeper than real documents, far less than recursion
 * allows.
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

/** An inspected text: parse it next, or refuse it. */
export interface InspectedJson {
  /** What `JSON.parse` would alter; undefined if nothing, or if the text is not JSON. */
  readonly refusal: JsonRefusal | undefined
  /** Parses the text. To yield to other work, do it before. */
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
        const value = JSON.parse(inspection.withoutNegativeZero) as JsonValue
        return refusal === undefined ? { value } : { refusal }
      } catch (error) {
        return { refusal: notJson(error) }
      }
    },
  }
}

/**
 * Parses JSON from outside so that every value is exactly what the text says. Refuses, with their
 * place: numbers that a double would alter, lone surrogates, duplicate keys, keys that reach a
 * prototype, and deep nesting. -0 becomes 0, as in every value of a run. Takes linear time. It is
 * pure, so it also runs in the workflow sandbox.
 *
 * @example
 * parseExactJson('{"id": 9007199254740993}') // { refusal: { pointer: '/id', message: … } }
 */
export function parseExactJson(text: string, options: ExactJsonOptions = {}): ParsedJson {
  return inspectJson(text, options).parse()
}
