import { misplacedBound } from '../../core/custom-metric.ts'
import { isJsonObject } from '../../core/json.ts'
import { didYouMean, unknownKeyIn } from '../../core/nearest.ts'
import { allFamilies, coreFamilies, type Family } from './catalogue.ts'
import { isOpen, prefixedName } from './instruments/registry.ts'

/** Overrides of one family. */
export interface FamilyOverride {
  /** False: the family is not exported. */
  readonly enabled: boolean
  /** Label sets before new ones are recorded as `other`; default: the common limit. */
  readonly cardinalityLimit?: number
}

const core = new Set<string>(Object.values(coreFamilies).map(({ name }) => name))

/** Bounds of every limit of label sets. */
export const labelSetBounds = { min: 10, max: 100_000 }

/** A value, or the reason for refusing it. */
type Read<T> = { readonly value: T } | { readonly wrong: string }

/** Values by the exported names of families. */
export type ByFamily<T> = Readonly<Record<string, T>>

/** How a source writes settings of single families. */
interface Notation {
  /** Returns the name of a family. */
  readonly nameOf: (family: Family) => string
  /** The key of an override that limits its label sets. */
  readonly limitKey: string
  /** Says where all names are listed. */
  readonly list: string
}

/** Reads a setting of single families. */
export interface FamilyReader<T> {
  /** The allowed values, as the end of "it must be …". */
  readonly allowed: string
  readonly read: (raw: unknown) => Read<ByFamily<T>>
}

function readBuckets(family: Family, raw: unknown): Read<readonly number[]> {
  if (family.kind !== 'histogram') return { wrong: `it is a ${family.kind}` }
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > 100)
    return { wrong: 'give 1 to 100 bounds' }
  const bounds = raw as readonly unknown[]
  return misplacedBound(bounds) === undefined
    ? { value: [...(bounds as readonly number[])] }
    : { wrong: 'bounds must be finite and rise strictly' }
}

function readOverride(
  { name, labels }: Family,
  raw: unknown,
  { limitKey }: Notation,
): Read<FamilyOverride> {
  const entry: unknown = typeof raw === 'boolean' ? { enabled: raw } : raw
  if (!isJsonObject(entry)) return { wrong: `give true, false or {enabled, ${limitKey}}` }
  const { enabled = true, [limitKey]: limit } = entry
  const unknown = unknownKeyIn(entry, ['enabled', limitKey])
  if (unknown !== undefined) return { wrong: unknown }
  if (typeof enabled !== 'boolean') return { wrong: 'enabled must be true or false' }
  if (!enabled && core.has(name)) return { wrong: 'core metrics cannot be disabled' }
  if (limit === undefined) return { value: { enabled } }
  if (!Object.values(labels).some(isOpen))
    return { wrong: 'all its label values are known, so it needs no limit' }
  if (
    typeof limit !== 'number' ||
    !Number.isInteger(limit) ||
    limit < labelSetBounds.min ||
    limit > labelSetBounds.max
  ) {
    return {
      wrong: `${limitKey} must be a whole number from ${labelSetBounds.min} to ${labelSetBounds.max}`,
    }
  }
  return { value: { enabled, cardinalityLimit: limit } }
}

/** Returns the readers of the settings of single families, for a source. */
export function familyReaders(notation: Notation): {
  readonly buckets: FamilyReader<readonly number[]>
  readonly families: FamilyReader<FamilyOverride>
} {
  const byName = new Map(allFamilies.map((family) => [notation.nameOf(family), family]))

  function reader<T>(
    allowed: string,
    readEntry: (family: Family, raw: unknown, notation: Notation) => Read<T>,
  ): FamilyReader<T> {
    const read: FamilyReader<T>['read'] = (raw) => {
      if (!isJsonObject(raw)) return { wrong: 'it is not a mapping' }
      const value: Record<string, T> = {}
      for (const [name, entry] of Object.entries(raw)) {
        const family = byName.get(name)
        if (family === undefined) {
          const hint = didYouMean(name, byName.keys()) || `; ${notation.list}`
          return { wrong: `unknown family ${name}${hint}` }
        }
        const found = readEntry(family, entry, notation)
        if ('wrong' in found) return { wrong: `${name}: ${found.wrong}` }
        value[name] = found.value
      }
      return { value }
    }
    return { allowed, read }
  }
  return {
    buckets: reader('a mapping from histogram names to strictly rising finite bounds', readBuckets),
    families: reader(
      `a mapping from family names to true, false or {enabled, ${notation.limitKey}}`,
      readOverride,
    ),
  }
}

/** Returns the readers of an application's options: their names are those that it exports. */
export function readersFor(prefix: string): ReturnType<typeof familyReaders> {
  return familyReaders({
    nameOf: (family) => prefixedName(family, prefix),
    limitKey: 'cardinalityLimit',
    list: `docs/reference/metrics.md lists all, with compozy where yours have ${prefix}`,
  })
}
