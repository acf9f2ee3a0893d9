import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { arrayKeywords } from './keywords/arrays.ts'
import { compositionKeywords } from './keywords/composition.ts'
import {
  runAll,
  textKeyword,
  type Groups,
  type Keyword,
  type SchemaParts,
} from './keywords/keyword.ts'
import { objectKeywords } from './keywords/objects.ts'
import {
  allowedTypes,
  choiceKeywords,
  numberKeywords,
  stringKeywords,
  typeNames,
  typesOf,
} from './keywords/scalars.ts'
import type { Patterns } from './linear-pattern.ts'
import { work } from './meter.ts'
import { enter, type References, type RootedSchema } from './references.ts'
import type { Check } from './run.ts'

type KeywordGroup = keyof Groups<unknown>

const keywords: Groups<readonly Keyword[]> = {
  any: [...compositionKeywords, ...choiceKeywords],
  number: numberKeywords,
  string: stringKeywords,
  array: arrayKeywords,
  object: objectKeywords,
}

/** Where a keyword stands. */
interface KeywordPlace {
  readonly group: KeywordGroup
  readonly index: number
  readonly keyword: Keyword
}

/** Finds keywords by name; `format` stands in two groups. */
function placeKeywords(): ReadonlyMap<string, readonly KeywordPlace[]> {
  const places = new Map<string, KeywordPlace[]>()
  for (const group of Object.keys(keywords) as KeywordGroup[])
    for (const [index, keyword] of keywords[group].entries()) {
      const place = { group, index, keyword }
      for (const name of keyword.names) places.set(name, [...(places.get(name) ?? []), place])
    }
  return places
}

const keywordPlaces = placeKeywords()

/** Keywords that draft-07 does not have. */
const newer: ReadonlySet<string> = new Set([
  'dependentRequired',
  'dependentSchemas',
  'prefixItems',
  'unevaluatedItems',
  'unevaluatedProperties',
])

/** How a schema is read. */
export interface ValidatorOptions {
  readonly references: References
  readonly patterns: Patterns
  readonly isDraft7: boolean
}

const never: Check = (_, run) => run.fail(() => 'boolean schema is false')
const always: Check = () => true

/** Tells whether any part of a schema has one of these keywords. */
function uses(schema: JsonValue, ...names: readonly string[]): boolean {
  const text = JSON.stringify(schema)
  return names.some((name) => text.includes(`"${name}":`))
}

/** Returns the keywords for values of one type. */
function groupFor(value: JsonValue, groups: Groups<readonly Check[]>): readonly Check[] {
  switch (typeof value) {
    case 'string':
      return groups.string
    case 'number':
      return groups.number
    case 'object':
      if (value === null) return none
      return Array.isArray(value) ? groups.array : groups.object
    default:
      return none
  }
}

const none: readonly Check[] = []

/** Runs the keywords of one schema: its type, those of every value, those of the value's type. */
function combine(schema: JsonObject, groups: Groups<readonly Check[]>): Check {
  const allowed = allowedTypes(schema)
  const typeMessage = (): string => `must be ${typeNames(schema).join(',')}`
  const { any } = groups

  return (value, run) => {
    run.meter.spend(run.alternatives > 0 ? work.alternative : 1)
    let isValid = allowed === 0 || (typesOf(value) & allowed) !== 0
    if (!isValid) run.fail(typeMessage)
    if (!isValid && !run.isCollecting) return false
    if (any.length > 0) isValid = runAll(any, value, run) && isValid
    if (!isValid && !run.isCollecting) return false
    return runAll(groupFor(value, groups), value, run) && isValid
  }
}

/** Builds the checks of one schema, and of the schemas that its references lead to. */
class ValidatorBuilder {
  readonly #references: References
  readonly #patterns: Patterns
  readonly #isDraft7: boolean
  readonly #tracks: boolean
  readonly #isDynamic: boolean
  /** What references lead to, by resource and schema; each is built once. */
  readonly #targets = new Map<JsonValue, Map<JsonValue, { check: Check }>>()
  /** Targets still to be built: a queue, as a chain of references may be longer than the stack. */
  readonly #queue: (() => void)[] = []
  /** Schemas whose references end somewhere. */
  readonly #ending = new Set<JsonValue>()

  constructor(schema: JsonValue, { references, patterns, isDraft7 }: ValidatorOptions) {
    this.#references = references
    this.#patterns = patterns
    this.#isDraft7 = isDraft7
    this.#tracks = !isDraft7 && uses(schema, 'unevaluatedItems', 'unevaluatedProperties')
    this.#isDynamic = !isDraft7 && uses(schema, '$dynamicRef')
  }

  build(at: RootedSchema): Check {
    const check = this.#schema(at)
    this.#buildQueued()
    if (!this.#tracks) return check
    return (value, run) => {
      run.trackEvaluated()
      return check(value, run)
    }
  }

  #schema({ schema, root }: RootedSchema): Check {
    if (schema === true) return always
    if (schema === false) return never
    if (!isJsonObject(schema)) throw new Error('a schema must be an object, true or false')
    return this.#inResource(root, this.#keywords(schema, root))
  }

  /** Notes the resource that a check belongs to, if a `$dynamicRef` may ask. */
  #inResource(root: JsonValue, check: Check): Check {
    if (!this.#isDynamic) return check
    return (value, run) => {
      run.resources.push(root)
      const isValid = check(value, run)
      run.resources.pop()
      return isValid
    }
  }

  #keywords(all: JsonObject, root: JsonValue): Check {
    const schema = this.#isDraft7
      ? Object.fromEntries(Object.entries(all).filter(([name]) => !newer.has(name)))
      : all
    const parts = {
      schema,
      build: (inner: JsonValue) => this.#schema(enter(inner, root)),
      patterns: this.#patterns,
      isDraft7: this.#isDraft7,
      tracks: this.#tracks,
    }
    const groups = this.#create(parts)
    const check = combine(schema, {
      ...groups,
      any: [...this.#follow(schema, root), ...groups.any],
    })
    const asks = 'unevaluatedItems' in schema || 'unevaluatedProperties' in schema
    return asks ? (value, run) => run.apart(check, value) : check
  }

  /** Creates the checks of a schema's keywords, in the order of the lists above. */
  #create(parts: SchemaParts): Groups<readonly Check[]> {
    const found = new Set(
      Object.keys(parts.schema).flatMap((name) => keywordPlaces.get(name) ?? []),
    )
    const groups: Record<KeywordGroup, Check[]> = {
      any: [],
      number: [],
      string: [],
      array: [],
      object: [],
    }
    for (const { group, keyword } of [...found].sort((a, b) => a.index - b.index)) {
      const check = keyword.create(parts)
      if (check !== undefined) groups[group].push(check)
    }
    return groups
  }

  #follow(schema: JsonObject, root: JsonValue): readonly Check[] {
    const checks: Check[] = []
    const plain = textKeyword(schema, '$ref')
    if (plain !== undefined) checks.push(this.#plain(plain, root))
    const dynamic = this.#isDraft7 ? undefined : textKeyword(schema, '$dynamicRef')
    if (dynamic !== undefined) checks.push(this.#dynamic(dynamic, root))
    return checks
  }

  #plain(reference: string, root: JsonValue): Check {
    const at = this.#references.resolve(reference, root)
    if (at === undefined)
      throw new Error(`the reference ${JSON.stringify(reference)} leads nowhere`)
    this.#refuseCircle(at, reference)
    const target = this.#target(at)
    return (value, run) => target.check(value, run)
  }

  /** Refuses a reference that leads to itself by references alone: no value could be judged. */
  #refuseCircle(from: RootedSchema, reference: string): void {
    const passed = new Set<JsonValue>()
    let at: RootedSchema | undefined = from
    for (; at !== undefined && !this.#ending.has(at.schema); at = this.#references.follow(at)) {
      if (passed.has(at.schema))
        throw new Error(`the reference ${JSON.stringify(reference)} leads to itself`)
      passed.add(at.schema)
    }
    for (const schema of passed) this.#ending.add(schema)
  }

  /** Leads to the outermost resource that was entered and has the same dynamic anchor. */
  #dynamic(reference: string, root: JsonValue): Check {
    const name = reference.slice(1)
    const plain = this.#plain(reference, root)
    if (this.#references.dynamic(name, root) === undefined) return plain
    return (value, run) => {
      for (const resource of run.resources) {
        const schema = this.#references.dynamic(name, resource)
        if (schema === undefined) continue
        const target = this.#target({ schema, root: resource })
        this.#buildQueued()
        return target.check(value, run)
      }
      return plain(value, run)
    }
  }

  #target(at: RootedSchema): { readonly check: Check } {
    const inRoot = this.#targets.get(at.root) ?? new Map<JsonValue, { check: Check }>()
    this.#targets.set(at.root, inRoot)
    const known = inRoot.get(at.schema)
    if (known !== undefined) return known
    const target = { check: always }
    inRoot.set(at.schema, target)
    this.#queue.push(() => {
      target.check = this.#schema(at)
    })
    return target
  }

  #buildQueued(): void {
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) next()
  }
}

/**
 * Returns a function that builds the check of a schema, or of a part of it, out of functions, one
 * for each keyword. It generates no code and takes time linear in the part. What references lead to
 * is built once for all parts. Throws where the schema can't be read.
 */
export function createValidatorBuilder(
  schema: JsonValue,
  options: ValidatorOptions,
): (part: RootedSchema) => Check {
  const builder = new ValidatorBuilder(schema, options)
  return (part) => builder.build(part)
}
