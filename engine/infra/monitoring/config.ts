import { misplacedBound } from '../../core/custom-metric.ts'
import { isJsonObject, type JsonValue } from '../../core/json.ts'
import { didYouMean } from '../../core/nearest.ts'
import {
  booleanSetting,
  choiceSetting,
  durationSetting,
  integerSetting,
  pathSetting,
  textSetting,
  type Setting,
  type SettingValues,
} from '../../core/setting.ts'
import { isOpen } from './instruments/registry.ts'
import { allFamilies, coreFamilies, type Family } from './catalogue.ts'

/** Paths of other routes. */
const takenPaths = ['/docs', '/openapi.json', '/healthz', '/readyz', '/api']

function isFreePath(path: string): boolean {
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return false
  return !takenPaths.some((owned) => path === owned || path.startsWith(`${owned}/`))
}

/** Reports whether a text is HOST:PORT, with IPv6 addresses in brackets and port 0 for any. */
function isListenAddress(text: string): boolean {
  const port = /^(?:\[[^\s/[\]]+\]|[^\s/:@[\]]+):(\d{1,5})$/.exec(text)?.[1]
  return Number(port) <= 65_535
}

/** Overrides of one family. */
export interface FamilyOverride {
  /** False: the family is not exported. */
  readonly enabled: boolean
  /** Label sets before new ones are recorded as `other`; default: the common limit. */
  readonly cardinalityLimit?: number
}

const core = new Set<string>(Object.values(coreFamilies).map(({ name }) => name))
const limits = { min: 10, max: 100_000 }

/** Reads a mapping from YAML, or from JSON text in a variable. */
function mappingOf(raw: JsonValue): JsonValue {
  if (typeof raw !== 'string') return raw
  try {
    return JSON.parse(raw) as JsonValue
  } catch {
    return null
  }
}

/** A value, or the reason for refusing it. */
type Read<T> = { readonly value: T } | { readonly wrong: string }

/** Values by the exported names of families. */
type ByFamily<T> = Readonly<Record<string, T>>

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
interface FamilyReader<T> {
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
  const { enabled = true, [limitKey]: limit, ...rest } = entry
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) {
    const allowed = ['enabled', limitKey]
    const hint = didYouMean(unknown, allowed) || `; allowed: ${allowed.join(', ')}`
    return { wrong: `unknown key "${unknown}"${hint}` }
  }
  if (typeof enabled !== 'boolean') return { wrong: 'enabled must be true or false' }
  if (!enabled && core.has(name)) return { wrong: 'core metrics cannot be disabled' }
  if (limit === undefined) return { value: { enabled } }
  if (!Object.values(labels).some(isOpen))
    return { wrong: 'all its label values are known, so it needs no limit' }
  if (
    typeof limit !== 'number' ||
    !Number.isInteger(limit) ||
    limit < limits.min ||
    limit > limits.max
  ) {
    return { wrong: `${limitKey} must be a whole number from ${limits.min} to ${limits.max}` }
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

const yaml = familyReaders({
  nameOf: ({ name }) => name,
  limitKey: 'cardinality_limit',
  list: 'compozy metrics list shows all',
})

/** A setting that maps family names to values. */
function byFamily<T>(
  declaration: Pick<Setting<ByFamily<T>>, 'yaml' | 'env' | 'doc'>,
  { allowed, read }: FamilyReader<T>,
): Setting<ByFamily<T>> {
  return {
    ...declaration,
    allowed,
    fallback: {},
    read: (raw) => {
      const found = read(mappingOf(raw))
      return 'value' in found ? found.value : undefined
    },
    explain: (raw) => {
      const found = read(mappingOf(raw))
      return 'wrong' in found ? found.wrong : undefined
    },
  }
}

/** Settings of monitoring, which is off by default. */
export const monitoringSettings = {
  enabled: booleanSetting({
    yaml: 'monitoring.enabled',
    env: 'MONITORING_ENABLED',
    doc: 'Record metrics and serve them to Prometheus',
    fallback: false,
  }),
  path: textSetting<string>({
    yaml: 'monitoring.path',
    env: 'MONITORING_PATH',
    doc: 'Path of the metrics endpoint',
    allowed: `a path such as /metrics, without query, that no other route uses (${takenPaths.join(', ')})`,
    fallback: '/metrics',
    accept: isFreePath,
  }),
  listen: textSetting<string | null>({
    yaml: 'monitoring.listen',
    env: 'MONITORING_LISTEN',
    doc: 'Separate address for the metrics endpoint, instead of the main server',
    allowed: 'host:port, such as 127.0.0.1:9464',
    fallback: null,
    accept: isListenAddress,
  }),
  tokenFile: pathSetting({
    yaml: 'monitoring.token_file',
    env: 'MONITORING_TOKEN_FILE',
    doc: 'File with the bearer token that scrapes must carry; read again when it changes',
    allowed: 'the path of a file',
    fallback: null,
  }),
  process: booleanSetting({
    yaml: 'monitoring.process',
    env: 'MONITORING_PROCESS',
    doc: 'Export process metrics: memory, CPU, event loop, garbage collection (process_*, nodejs_*)',
    fallback: false,
  }),
  temporalSdk: booleanSetting({
    yaml: 'monitoring.temporal_sdk',
    env: 'MONITORING_TEMPORAL_SDK',
    doc: 'Export the metrics of the Temporal SDK (temporal_*)',
    fallback: false,
  }),
  reconcileInterval: {
    ...durationSetting({
      yaml: 'monitoring.reconcile_interval',
      env: 'MONITORING_RECONCILE_INTERVAL',
      doc: 'How often Temporal is queried for executions and backlog',
      fallback: 15_000,
    }),
    allowed: 'a duration from 15s to 1h',
    read: (raw) => {
      const ms = durationSetting({ doc: '', fallback: 0 }).read(raw)
      return ms !== undefined && ms >= 15_000 && ms <= 3_600_000 ? ms : undefined
    },
  } satisfies Setting<number>,
  reconcileBudget: integerSetting({
    yaml: 'monitoring.reconcile_budget',
    env: 'MONITORING_RECONCILE_BUDGET',
    doc: 'Temporal visibility queries per second, for all processes together',
    fallback: 4,
    min: 1,
    max: 1_000,
  }),
  cardinalityLimit: integerSetting({
    yaml: 'monitoring.cardinality_limit',
    env: 'MONITORING_CARDINALITY_LIMIT',
    doc: 'Label sets of one family before new ones are recorded as other',
    fallback: 2_000,
    ...limits,
  }),
  idleSeries: choiceSetting({
    yaml: 'monitoring.idle_series',
    env: 'MONITORING_IDLE_SERIES',
    doc: 'Series of idle workflows and tools: core (their starts and ends, at 0) or all',
    fallback: 'core',
    of: ['core', 'all'],
  }),
  collectErrors: choiceSetting({
    yaml: 'monitoring.collect_errors',
    env: 'MONITORING_COLLECT_ERRORS',
    doc: 'Scrape response when a family cannot be read: fail answers 500, serve leaves it out',
    fallback: 'fail',
    of: ['fail', 'serve'],
  }),
  histograms: choiceSetting({
    yaml: 'monitoring.histograms',
    env: 'MONITORING_HISTOGRAMS',
    doc: 'Histograms in the protobuf format: classic buckets, native histograms, or both',
    fallback: 'classic',
    of: ['classic', 'native', 'both'],
  }),
  createdSamples: booleanSetting({
    yaml: 'monitoring.created_samples',
    env: 'MONITORING_CREATED_SAMPLES',
    doc: 'Write _created samples in OpenMetrics; protobuf always has created timestamps',
    fallback: false,
  }),
  exemplars: booleanSetting({
    yaml: 'monitoring.exemplars',
    env: 'MONITORING_EXEMPLARS',
    doc: 'Add the exec_id of a recent run, and the trace ID, to durations and failures as exemplars',
    fallback: false,
  }),
  buckets: byFamily(
    {
      yaml: 'monitoring.buckets',
      env: 'MONITORING_BUCKETS',
      doc: 'Bucket bounds of single histograms, by family name; JSON in the variable',
    },
    yaml.buckets,
  ),
  families: byFamily(
    {
      yaml: 'monitoring.families',
      env: 'MONITORING_FAMILIES',
      doc: 'Single families disabled or limited, by family name; JSON in the variable',
    },
    yaml.families,
  ),
} as const

/** The parsed slice of {@link monitoringSettings}. */
export type MonitoringConfig = SettingValues<typeof monitoringSettings>

/** The default configuration. */
export const monitoringDefaults = Object.freeze(
  Object.fromEntries(
    Object.entries(monitoringSettings).map(([name, { fallback }]) => [name, fallback]),
  ),
) as MonitoringConfig
