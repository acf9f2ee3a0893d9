import type { JsonValue } from '../../core/json.ts'
import { EvaluationError, jsonText, measure } from '../evaluate/budget.ts'
import { type Kind, kindOf, textInto } from '../evaluate/values.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { asText, type TemplateFunctions } from './function.ts'
import { sha256 } from './sha256.ts'
import { encodeUtf8 } from './utf8.ts'

/** Go's names for the kinds of decoded JSON. */
const goKinds: Readonly<Record<Kind, string>> = {
  null: 'invalid',
  boolean: 'bool',
  number: 'float64',
  string: 'string',
  list: 'slice',
  object: 'map',
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new EvaluationError('the text is no JSON')
  }
}

const unreserved = /[A-Za-z0-9_.~-]/

/** Conversion, JSON, hashes and encodings. All bytes are UTF-8. */
export const encodingFunctions: TemplateFunctions = [
  {
    name: 'toString',
    arity: [1, 1],
    doc: 'A value as a template puts it into text: text as it is, null as "", everything else as JSON.',
    examples: [
      ['{{ toString 5 }}', '5'],
      ['{{ toString "a" }}', 'a'],
    ],
    call: ([value], { budget }) => textInto(value!, budget),
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
    doc: 'A value as JSON in several lines, indented by two spaces.',
    examples: [['{{ dict "a" 1 | toPrettyJson }}', '{\n  "a": 1\n}']],
    call: ([value], { budget }) => jsonText(value!, budget, { indent: 2 }),
  },
  {
    name: 'fromJson',
    arity: [1, 1],
    doc: 'The value of a JSON text.',
    examples: [['{{ fromJson `{"a": [1, 2]}` }}', { a: [1, 2] }]],
    call: ([text], { budget }) => {
      const value = parseJson(asText(text!))
      budget.text(measure(value))
      return value
    },
  },
  {
    name: 'kindOf',
    arity: [1, 1],
    doc: "Go's name for the kind of a value: string, float64, bool, slice, map, or invalid for null and what is missing.",
    examples: [
      ['{{ kindOf "a" }}', 'string'],
      ['{{ kindOf 1 }}', 'float64'],
      ['{{ kindOf (list) }}', 'slice'],
      ['{{ kindOf (dict) }}', 'map'],
      ['{{ kindOf .missing }}', 'invalid'],
    ],
    takesMissing: true,
    call: ([value]) => goKinds[kindOf(value!)],
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
      budget.charge(bytes.length / 64)
      return sha256(bytes)
    },
  },
  {
    name: 'b64enc',
    arity: [1, 1],
    doc: 'A text in base64.',
    examples: [['{{ b64enc "héllo" }}', 'aMOpbGxv']],
    call: ([text]) => encodeBase64(encodeUtf8(asText(text!))),
  },
  {
    name: 'b64dec',
    arity: [1, 1],
    doc: 'The text that base64 stands for.',
    examples: [['{{ b64dec "aMOpbGxv" }}', 'héllo']],
    call: ([text]) => {
      const decoded = decodeBase64(asText(text!))
      if (decoded === undefined) throw new EvaluationError('the text is no base64 of UTF-8')
      return decoded
    },
  },
  {
    name: 'urlEncode',
    arity: [1, 1],
    doc: 'A text for use in a URL: everything but letters, digits and - _ . ~ is percent-encoded.',
    examples: [['{{ urlEncode "a b&c/é" }}', 'a%20b%26c%2F%C3%A9']],
    call: ([text]) =>
      Array.from(encodeUtf8(asText(text!)), (byte) => {
        const character = String.fromCharCode(byte)
        return unreserved.test(character)
          ? character
          : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      }).join(''),
  },
  {
    name: 'uuidv4',
    arity: [0, 0],
    doc: 'A new random UUID. A replay of the run gives the same one again.',
    examples: [['{{ len uuidv4 }}', 36]],
    call: (_, { uuid }) => uuid(),
  },
]
