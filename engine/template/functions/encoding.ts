import { parseExactJson } from '../../core/exact-json.ts'
import { type EvaluationBudget, EvaluationError, maximumNesting } from '../evaluate/budget.ts'
import { jsonText, measureJson } from '../evaluate/json-text.ts'
import { type ValueKind, valueKind, writtenText } from '../evaluate/values.ts'
import type { JsonValue } from '../../core/json.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { asText, type TemplateFunctions } from './function.ts'
import { sha256Hex } from './sha256.ts'
import { encodeUtf8 } from './utf8.ts'

/** Go's names for the kinds of decoded JSON. */
const goKinds: Readonly<Record<ValueKind, string>> = {
  null: 'invalid',
  boolean: 'bool',
  number: 'float64',
  string: 'string',
  list: 'slice',
  object: 'map',
}

/** How much slower than a scan of the text each of these is. */
const cost = { fromJson: 16, sha256: 6, base64: 40, urlEncode: 12 }

/**
 * @throws EvaluationError for text that is not JSON or that holds a value which would be altered
 */
function parseJson(text: string, budget: EvaluationBudget): JsonValue {
  budget.readText(text.length, cost.fromJson)
  const parsed = parseExactJson(text, { depth: maximumNesting, allowPrototypeKeys: true })
  if ('refusal' in parsed) {
    const { pointer, message } = parsed.refusal
    throw new EvaluationError(`the JSON ${pointer === '' ? 'text' : `at ${pointer}`} ${message}`)
  }
  budget.makeText(measureJson(parsed.value, budget), 0)
  return parsed.value
}

/** What encodeURIComponent leaves alone and RFC 3986 reserves. */
const reserved = /[!'()*]/g

function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    reserved,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Conversion, JSON, hashes and encodings. All bytes are UTF-8. */
export const encodingFunctions: TemplateFunctions = [
  {
    name: 'toString',
    arity: [1, 1],
    doc: 'A value as a template writes it: text unchanged, null as "", everything else as JSON.',
    examples: [
      ['{{ toString 5 }}', '5'],
      ['{{ toString "a" }}', 'a'],
    ],
    call: ([value], { budget }) => writtenText(value!, budget),
  },
  {
    name: 'toJson',
    arity: [1, 1],
    doc: 'A value as JSON.',
    examples: [['{{ dict "a" (list 1 "b") | toJson }}', '{"a":[1,"b"]}']],
    call: ([value], { budget }) => jsonText(value!, budget),
  },
  {
    name: 'toPrettyJson',
    arity: [1, 1],
    doc: 'A value as JSON on several lines, indented by two spaces.',
    examples: [['{{ dict "a" 1 | toPrettyJson }}', '{\n  "a": 1\n}']],
    call: ([value], { budget }) => jsonText(value!, budget, { indent: 2 }),
  },
  {
    name: 'fromJson',
    arity: [1, 1],
    doc: 'The value of a JSON text. Numbers that a double would change, and a key given twice, are errors.',
    examples: [['{{ fromJson `{"a": [1, 2]}` }}', { a: [1, 2] }]],
    call: ([text], { budget }) => parseJson(asText(text!), budget),
  },
  {
    name: 'kindOf',
    arity: [1, 1],
    doc: "Go's name for the kind of a value: string, float64, bool, slice, map; invalid for null or a missing value.",
    examples: [
      ['{{ kindOf "a" }}', 'string'],
      ['{{ kindOf 1 }}', 'float64'],
      ['{{ kindOf (list) }}', 'slice'],
      ['{{ kindOf (dict) }}', 'map'],
      ['{{ kindOf .missing }}', 'invalid'],
    ],
    takesMissing: true,
    constantTime: true,
    call: ([value]) => goKinds[valueKind(value!)],
  },
  {
    name: 'sha256sum',
    arity: [1, 1],
    doc: 'The SHA-256 of a text, in hexadecimal digits.',
    examples: [
      ['{{ sha256sum "abc" }}', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ],
    call: ([text], { budget }) => {
      const bytes = encodeUtf8(asText(text!))
      budget.readText(bytes.length, cost.sha256)
      return sha256Hex(bytes)
    },
  },
  {
    name: 'b64enc',
    arity: [1, 1],
    doc: 'A text in base64.',
    examples: [['{{ b64enc "héllo" }}', 'aMOpbGxv']],
    call: ([text], { budget }) => {
      const bytes = encodeUtf8(asText(text!))
      budget.readText(bytes.length, cost.base64)
      return encodeBase64(bytes)
    },
  },
  {
    name: 'b64dec',
    arity: [1, 1],
    doc: 'The text that a base64 text encodes.',
    examples: [['{{ b64dec "aMOpbGxv" }}', 'héllo']],
    call: ([text], { budget }) => {
      budget.readText(asText(text!).length, cost.base64)
      const decoded = decodeBase64(asText(text!))
      if (decoded === undefined) throw new EvaluationError('the text is not base64 of UTF-8 text')
      return decoded
    },
  },
  {
    name: 'urlEncode',
    arity: [1, 1],
    doc: 'A text for use in a URL: everything except letters, digits and - _ . ~ is percent-encoded.',
    examples: [['{{ urlEncode "a b&c/é" }}', 'a%20b%26c%2F%C3%A9']],
    call: ([text], { budget }) => {
      budget.readText(asText(text!).length, cost.urlEncode)
      return percentEncode(asText(text!))
    },
  },
  {
    name: 'uuidv4',
    arity: [0, 0],
    doc: 'A new random UUID. A replay of the run gives the same one.',
    examples: [['{{ len uuidv4 }}', 36]],
    call: (_, { uuid }) => uuid(),
  },
]
