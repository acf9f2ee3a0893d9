import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import type { Patterns } from './linear-pattern.ts'
import { Meter } from './meter.ts'
import { enter, References, type RootedSchema } from './references.ts'
import { createCheckBuilder } from './schema-check.ts'
import { subschemasOf } from './subschemas.ts'
import type { DefaultCheck } from './surprises.ts'

/** Schemas inside one whose default is judged: each level of defaults reads them again. */
const maximumJudged = 100

/** Work for all defaults of a schema, in units of the meter; those after it are not judged. */
const maximumDefaultWork = 1_000_000

/** Whether there are at most so many schemas in a schema and behind its references. */
function isSmall(part: RootedSchema, references: References): boolean {
  const found: RootedSchema[] = [part]
  const known = new Set<JsonValue>([part.schema])
  const add = (at: RootedSchema): void => {
    if (!known.has(at.schema)) found.push(at)
    known.add(at.schema)
  }
  for (const at of found) {
    if (found.length > maximumJudged) return false
    const { schema, root } = at
    if (!isJsonObject(schema)) continue
    for (const inner of subschemasOf(schema)) add(enter(inner.schema, root))
    const target = references.follow(at)
    if (target !== undefined) add(target)
  }
  return true
}

/** Returns what says why a default of a schema does not fit the part that it stands in. */
export function createDefaultCheck(schema: JsonValue, patterns: Patterns): DefaultCheck {
  // What a dynamic reference leads to depends on the way there.
  if (JSON.stringify(schema).includes('"$dynamicRef":')) return () => undefined
  const meter = new Meter()
  const references = new References()
  const checkOf = createCheckBuilder(schema, patterns, meter)
  let spent = 0
  return (part, value) => {
    if (spent > maximumDefaultWork || !isSmall(part, references)) return undefined
    const [violation] = checkOf(part).accept(value).violations
    spent += meter.spent
    return violation && `${violation.message}${violation.pointer && ` at ${violation.pointer}`}`
  }
}
