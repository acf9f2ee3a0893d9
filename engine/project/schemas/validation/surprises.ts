import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { didYouMean } from '../../../core/nearest.ts'
import { formatChecks } from './formats.ts'
import { enter, type RootedSchema } from './references.ts'
import { subschemasOf } from './subschemas.ts'

/** Keywords of both drafts, and those of OpenAPI that only describe. */
const knownKeywords = (
  '$anchor $comment $defs $dynamicAnchor $dynamicRef $id $ref $schema $vocabulary ' +
  'additionalItems additionalProperties allOf anyOf const contains contentEncoding ' +
  'contentMediaType contentSchema default definitions dependencies dependentRequired ' +
  'dependentSchemas deprecated description else enum examples exclusiveMaximum ' +
  'exclusiveMinimum format if items maxContains maxItems maxLength maxProperties maximum ' +
  'minContains minItems minLength minProperties minimum multipleOf not oneOf pattern ' +
  'patternProperties prefixItems properties propertyNames readOnly required then title type ' +
  'unevaluatedItems unevaluatedProperties uniqueItems writeOnly'
).split(' ')
const onlyDescribe: ReadonlySet<string> = new Set(
  'discriminator example externalDocs nullable xml'.split(' '),
)
const known: ReadonlySet<string> = new Set(knownKeywords)

/** What a valid schema does not do, although it looks as if. */
export interface Surprise {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint: string
  /** Whether the key itself is wrong, not its value. */
  readonly key?: true
}

/** Checks a default against the schema that it stands in. */
export type DefaultCheck = (schema: RootedSchema, value: JsonValue) => string | undefined

/**
 * Finds misspelled keywords and unknown formats, which JSON Schema ignores, and defaults that their
 * own schema refuses.
 * @param defaults `misfitOf` says why a default does not fit, undefined when it does; `misfitHint`
 * says what follows
 */
export function findSurprises(
  schema: JsonValue,
  defaults: Pick<Search, 'misfitOf' | 'misfitHint'>,
): Generator<Surprise> {
  return walk(enter(schema, schema), { ...defaults, unknownKeys: 0 }, [])
}

/** Keywords nobody knows that are compared with the known ones; a guess costs time. */
const maximumUnknownKeys = 200

interface Search {
  readonly misfitOf: DefaultCheck
  readonly misfitHint: string
  unknownKeys: number
}

function* walk(at: RootedSchema, search: Search, path: Surprise['path']): Generator<Surprise> {
  const { schema, root } = at
  if (!isJsonObject(schema)) return
  yield* misspelled(schema, search, path)
  const { format } = schema
  if (typeof format === 'string' && !isFormat(format))
    yield {
      path: [...path, 'format'],
      message: `unknown format "${format}"${didYouMean(format, formatNames())}; it is not checked`,
      hint: 'use a pattern for a form of your own',
    }
  const misfit =
    schema['default'] === undefined ? undefined : search.misfitOf(at, schema['default'])
  if (misfit !== undefined)
    yield {
      path: [...path, 'default'],
      message: `this default does not fit its own schema: it ${misfit}`,
      hint: search.misfitHint,
    }
  for (const { path: step, schema: inner } of subschemasOf(schema))
    yield* walk(enter(inner, root), search, [...path, ...step])
}

function* misspelled(
  schema: JsonObject,
  search: Search,
  path: Surprise['path'],
): Generator<Surprise> {
  for (const key of Object.keys(schema)) {
    if (known.has(key) || onlyDescribe.has(key) || key.startsWith('x-')) continue
    if (++search.unknownKeys > maximumUnknownKeys) return
    const meant = didYouMean(key, knownKeywords)
    if (meant === '') continue
    const message = `unknown keyword "${key}"${meant}`
    yield {
      path: [...path, key],
      message,
      hint: 'JSON Schema ignores keywords that it does not know',
      key: true,
    }
  }
}

const formatNames = (): string[] => [
  ...formatChecks('string').keys(),
  ...formatChecks('number').keys(),
]

function isFormat(name: string): boolean {
  return formatChecks('string').has(name) || formatChecks('number').has(name)
}
