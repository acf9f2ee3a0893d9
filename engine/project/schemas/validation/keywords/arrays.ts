import type { JsonValue } from '../../../../core/json.ts'
import { work } from '../meter.ts'
import type { Check, ValidationRun } from '../run.ts'
import { numberKeyword, type Keyword } from './keyword.ts'
import { limit } from './scalars.ts'

type List = readonly JsonValue[]

const isPrimitive = (value: JsonValue): boolean => typeof value !== 'object' || value === null

/** Checks the items from an index on. */
function itemsFrom(from: number, check: Check, list: List, run: ValidationRun): boolean {
  let isValid = true
  for (let i = from; i < list.length; i++) {
    if (run.inside(i, list[i]!, check)) continue
    isValid = false
    if (!run.isCollecting) return false
  }
  return isValid
}

/** The schemas of the first items, one each, and the schema of the rest. */
const items: Keyword = {
  names: ['items', 'prefixItems'],
  create({ schema, build, isDraft7 }) {
    const listed = isDraft7 ? schema['items'] : schema['prefixItems']
    const first = Array.isArray(listed) ? (listed as List).map(build) : []
    const others = isDraft7 && Array.isArray(listed) ? schema['additionalItems'] : schema['items']
    const rest = others === undefined ? undefined : build(others)
    if (first.length === 0 && rest === undefined) return undefined
    const isClosed = others === false && first.length > 0
    return (value, run) => {
      const list = value as List
      run.noteItems(rest === undefined ? first.length : list.length)
      let isValid = true
      for (let i = 0; i < first.length && i < list.length; i++) {
        if (run.inside(i, list[i]!, first[i]!)) continue
        isValid = false
        if (!run.isCollecting) return false
      }
      if (rest === undefined || list.length <= first.length) return isValid
      if (isClosed) return run.fail(() => `must NOT have more than ${first.length} items`)
      return itemsFrom(first.length, rest, list, run) && isValid
    }
  },
}

const contains: Keyword = {
  names: ['contains'],
  create({ schema, build, isDraft7, tracks }) {
    if (schema['contains'] === undefined) return undefined
    const check = build(schema['contains'])
    const least = (isDraft7 ? undefined : numberKeyword(schema, 'minContains')) ?? 1
    const most = isDraft7 ? undefined : numberKeyword(schema, 'maxContains')
    const atMost = most === undefined ? '' : ` and no more than ${most}`
    const message = `must contain at least ${least}${atMost} valid item(s)`
    return (value, run) => {
      const before = run.failures.length
      let found = 0
      run.alternatives++
      for (const [i, item] of (value as List).entries()) {
        if (!run.inside(i, item, check)) continue
        found++
        run.evaluated?.contained.add(i)
        if (most === undefined ? found >= least && !tracks : found > most) break
      }
      run.alternatives--
      if (found < least || (most !== undefined && found > most)) return run.fail(() => message)
      run.forget(before)
      return true
    }
  },
}

/** Reports the two equal items with the lowest indexes. */
const uniqueItems: Keyword = {
  names: ['uniqueItems'],
  create({ schema }) {
    if (schema['uniqueItems'] !== true) return undefined
    return (value, run) => {
      const primitives = new Map<JsonValue, number>()
      const others = new Map<JsonValue, number>()
      for (const [i, item] of (value as List).entries()) {
        run.meter.spend(work.compared)
        const seen = isPrimitive(item) ? primitives : others
        const key = isPrimitive(item) ? item : run.canonical.keyOf(item)
        const first = seen.get(key)
        if (first !== undefined)
          return run.fail(() => `must not have equal items (items ${first} and ${i} are equal)`)
        seen.set(key, i)
      }
      return true
    }
  },
}

/** Checks the items that no other keyword has described. */
const unevaluatedItems: Keyword = {
  names: ['unevaluatedItems'],
  create({ schema, build }) {
    const inner = schema['unevaluatedItems']
    if (inner === undefined) return undefined
    const check = build(inner)
    return (value, run) => {
      const list = value as List
      const from = run.evaluated?.items ?? 0
      let isValid = true
      for (let i = from; i < list.length; i++) {
        if (run.evaluated?.contained.has(i) === true) continue
        if (inner === false)
          return run.fail(() => `must not have items that no keyword evaluates (item ${i} is one)`)
        if (run.inside(i, list[i]!, check)) continue
        isValid = false
        if (!run.isCollecting) return false
      }
      run.noteItems(list.length)
      return isValid
    }
  },
}

/** Keywords for lists; `unevaluatedItems` asks what the others have evaluated. */
export const arrayKeywords: readonly Keyword[] = [
  limit(
    'maxItems',
    (list: List, most) => list.length <= most,
    (most) => `must NOT have more than ${most} items`,
  ),
  limit(
    'minItems',
    (list: List, least) => list.length >= least,
    (least) => `must NOT have fewer than ${least} items`,
  ),
  items,
  contains,
  uniqueItems,
  unevaluatedItems,
]
