import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { jsonPointer } from '../../core/json-pointer.ts'
import type { Path } from '../../core/source.ts'
import type { KnownInput } from '../../kinds/shared/tool-reference.ts'
import { pathInFile } from '../../schema/path-in-file.ts'
import type { Report } from '../../schema/report.ts'
import type { TreeIr } from '../../template/index.ts'

/** Keywords under which a violation of one part need not be one of the whole. */
const combinators =
  /"(?:anyOf|oneOf|not|if|dependentSchemas|dependentRequired|\$ref|\$dynamicRef)":/

/** The literal part of a tree, and pointers to what only a run can tell. */
interface PartialValue {
  readonly value: JsonValue
  readonly open: readonly string[]
}

function literalPart(tree: TreeIr, pointer: string): PartialValue {
  switch (tree.t) {
    case 'lit':
      return { value: tree.value, open: [] }
    case 'tpl':
      return { value: null, open: [pointer] }
    case 'obj': {
      const parts = tree.entries.map(
        ([key, entry]) => [key, literalPart(entry, pointer + jsonPointer([key]))] as const,
      )
      const value: JsonObject = Object.fromEntries(parts.map(([key, part]) => [key, part.value]))
      return { value, open: parts.flatMap(([, part]) => part.open) }
    }
    case 'list': {
      const parts = tree.items.map((item, i) => literalPart(item, pointer + jsonPointer([i])))
      return { value: parts.map(({ value }) => value), open: parts.flatMap(({ open }) => open) }
    }
  }
}

/** Whether a pointer leads to a value that is open, or to what holds it. Open values are null. */
function touches(pointer: string, open: string): boolean {
  return pointer === open || open.startsWith(`${pointer}/`)
}

/** Whether a violation is about which keys the value has. */
function isAboutKeys(pointer: string, message: string): boolean {
  return pointer === '' || (message === 'is required' && !pointer.includes('/', 1))
}

/** A value as a task writes it, with its place. */
export interface WrittenValue {
  readonly tree: TreeIr
  readonly path: Path
  /** An edge may give more keys to it. */
  readonly isGivenMore?: boolean
}

/** What a value is handed to, with what is known of the values that it takes. */
export interface Taker extends KnownInput {
  /** What the value is to it, for messages: `the input of tool "pay"`. */
  readonly named: string
  /** What the value has to fit: `the tool's input schema`. */
  readonly schema: string
  /** How a value that does not fit is reported; default: as an error. */
  readonly severity?: 'error' | 'warning'
}

/**
 * Holds what is literal in a value against the schema of what takes it, and reports what does not
 * fit. What templates or edges give is known only to a run, and checked there. Returns whether all
 * that is literal fits.
 */
export function checkLiteral(
  { tree, path, isGivenMore = false }: WrittenValue,
  { named, schema, violations, inputSchema, severity = 'error' }: Taker,
  report: Report,
): boolean {
  if (violations === undefined) return true
  const { value, open } = literalPart(tree, '')
  // An edge gives keys to an object. Any other value is the input as it stands.
  const isPartial = isGivenMore && isJsonObject(value)
  if ((open.length > 0 || isPartial) && combinators.test(JSON.stringify(inputSchema))) return true
  let fits = true
  for (const { pointer, message } of violations(value)) {
    if (open.some((other) => touches(pointer, other))) continue
    if (isPartial && isAboutKeys(pointer, message)) continue
    fits = false
    const at = pathInFile(pointer, path, report)
    report[severity](at, `${named}: ${pointer || 'it'} ${message}`, {
      hint: `it has to fit ${schema}`,
    })
  }
  return fits
}
