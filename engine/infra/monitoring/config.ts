import { isJsonObject, type JsonValue } from '../../core/json.ts'
import {
  booleanSetting,
  choiceSetting,
  durationSetting,
  integerSetting,
  textSetting,
  type Setting,
  type SettingValues,
} from '../../core/setting.ts'
import { isOpen } from './instruments/registry.ts'
import { allFamilies, requiredFamilies, type Family } from './catalogue.ts'

/** Paths that other routes own. */
const taken = ['/docs', '/openapi.json', '/healthz', '/readyz', '/api']

function isFreePath(path: string): boolean {
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return false
  return !taken.some((owned) => path === owned || path.startsWith(`${owned}/`))
}

/** A name or address, or an IPv6 address in brackets; then a port, 0 for any free one. */
function isListenAddress(text: string): boolean {
  const port = /^(?:\[[^\s/[\]]+\]|[^\s/:@[\]]+):(\d{1,5})$/.exec(text)?.[1]
  return port !== undefined && Number(port) <= 65_535
}

/** What an installation changes of one family. */
export interface FamilyOverride {
  /** False: the family is not exported. */
  readonly enabled: boolean
  /** Label sets before new ones fall to `other`; undefined: as for every family. */
  readonly cardinalityLimit?: number
}

const byName = new Map<string, Family>(allFamilies.map((family) => [family.name, family]))
const required = new Set<string>(Object.values(requiredFamilies).map(({ name }) => name))
const limits = { min: 10, max: 100_000 }

/** A mapping as YAML gives it, or as JSON text in a variable. */
function mappingOf(raw: JsonValue): Readonly<Record<string, JsonValue>> | undefined {
  if (typeof raw !== 'string') return isJsonObject(raw) ? raw : undefined
  try {
    return mappingOf(JSON.parse(raw) as JsonValue)
  } catch {
    return undefined
  }
}

/** The value, or what is wrong with it. */
type Read<T> = { readonly value: T } | { readonly wrong: string }

/** A setting that is a mapping from names of families. */
function byFamily<T>(
  declaration: Pick<Setting<Readonly<Record<string, T>>>, 'yaml' | 'env' | 'doc' | 'allowed'>,
  readEntry: (family: Family, raw: JsonValue) => Read<T>,
): Setting<Readonly<Record<string, T>>> {
  const readAll = (raw: JsonValue): Read<Readonly<Record<string, T>>> => {
    const mapping = mappingOf(raw)
    if (mapping === undefined) return { wrong: 'it is no mapping' }
    const value: Record<string, T> = {}
    for (const [name, entry] of Object.entries(mapping)) {
      const family = byName.get(name)
      if (family === undefined) return { wrong: `no family is named ${name}` }
      const read = readEntry(family, entry)
      if ('wrong' in read) return { wrong: `${name}: ${read.wrong}` }
      value[name] = read.value
    }
    return { value }
  }
  return {
    ...declaration,
    fallback: {},
    read: (raw) => {
      const read = readAll(raw)
      return 'value' in read ? read.value : undefined
    },
    explain: (raw) => {
      const read = readAll(raw)
      return 'wrong' in read ? read.wrong : undefined
    },
  }
}

function readBuckets(family: Family, raw: JsonValue): Read<readonly number[]> {
  if (family.kind !== 'histogram') return { wrong: `it is a ${family.kind}` }
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > 100)
    return { wrong: 'give 1 to 100 bounds' }
  const bounds = raw as readonly unknown[]
  const rising = bounds.every(
    (bound, i) =>
      typeof bound === 'number' &&
      Number.isFinite(bound) &&
      (i === 0 || bound > (bounds[i - 1] as number)),
  )
  return rising
    ? { value: bounds as readonly number[] }
    : { wrong: 'bounds must be finite and rise strictly' }
}

function readOverride({ name, labels }: Family, raw: JsonValue): Read<FamilyOverride> {
  const entry = typeof raw === 'boolean' ? { enabled: raw } : raw
  if (!isJsonObject(entry)) return { wrong: 'give true, false or {enabled, cardinality_limit}' }
  const { enabled = true, cardinality_limit: limit, ...rest } = entry
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined)
    return { wrong: `unknown key "${unknown}"; allowed: enabled, cardinality_limit` }
  if (typeof enabled !== 'boolean') return { wrong: 'enabled must be true or false' }
  if (!enabled && required.has(name))
    return { wrong: 'one of the eleven that every installation has' }
  if (limit === undefined) return { value: { enabled } }
  if (!Object.values(labels).some(isOpen))
    return { wrong: 'the values of all its labels are known' }
  if (
    typeof limit !== 'number' ||
    !Number.isInteger(limit) ||
    limit < limits.min ||
    limit > limits.max
  ) {
    return { wrong: `cardinality_limit must be a whole number from ${limits.min} to ${limits.max}` }
  }
  return { value: { enabled, cardinalityLimit: limit } }
}

/** Settings of the monitoring: off unless it is switched on. */
export const monitoringSettings = {
  enabled: booleanSetting({
    yaml: 'monitoring.enabled',
    env: 'MONITORING_ENABLED',
    doc: 'Count requests and workflows and serve them to Prometheus',
    fallback: false,
  }),
  path: textSetting<string>({
    yaml: 'monitoring.path',
    env: 'MONITORING_PATH',
    doc: 'Path of the metrics',
    allowed: `a path such as /metrics, without query, that no other route owns (${taken.join(', ')})`,
    fallback: '/metrics',
    accept: isFreePath,
  }),
  listen: textSetting<string | null>({
    yaml: 'monitoring.listen',
    env: 'MONITORING_LISTEN',
    doc: 'Address that serves the metrics alone, instead of the main server',
    allowed: 'host:port, such as 127.0.0.1:9464',
    fallback: null,
    accept: isListenAddress,
  }),
  tokenFile: textSetting<string | null>({
    yaml: 'monitoring.token_file',
    env: 'MONITORING_TOKEN_FILE',
    doc: 'File with the bearer token that a scrape must carry',
    allowed: 'the path of a file',
    fallback: null,
  }),
  process: booleanSetting({
    yaml: 'monitoring.process',
    env: 'MONITORING_PROCESS',
    doc: 'Export memory, CPU, event loop and garbage collection of the process (process_*, nodejs_*)',
    fallback: false,
  }),
  temporalSdk: booleanSetting({
    yaml: 'monitoring.temporal_sdk',
    env: 'MONITORING_TEMPORAL_SDK',
    doc: "Export what Temporal's SDK counts of its workers (temporal_*)",
    fallback: false,
  }),
  reconcileInterval: {
    ...durationSetting({
      yaml: 'monitoring.reconcile_interval',
      env: 'MONITORING_RECONCILE_INTERVAL',
      doc: 'How often the Temporal server is asked for executions and backlog',
      fallback: 15_000,
    }),
    allowed: 'a duration from 15s to 1h',
    read: (raw) => {
      const ms = durationSetting({ doc: '', fallback: 0 }).read(raw)
      return ms !== undefined && ms >= 15_000 && ms <= 3_600_000 ? ms : undefined
    },
  } satisfies Setting<number>,
  cardinalityLimit: integerSetting({
    yaml: 'monitoring.cardinality_limit',
    env: 'MONITORING_CARDINALITY_LIMIT',
    doc: 'Label sets of one family before new ones are recorded as other',
    fallback: 2_000,
    ...limits,
  }),
  collectErrors: choiceSetting({
    yaml: 'monitoring.collect_errors',
    env: 'MONITORING_COLLECT_ERRORS',
    doc: 'What a scrape gets while a family cannot be read: a 500, or all others and a count',
    fallback: 'fail',
    of: ['fail', 'serve'],
  }),
  buckets: byFamily(
    {
      yaml: 'monitoring.buckets',
      env: 'MONITORING_BUCKETS',
      doc: 'Upper bounds of single histograms, by name of the family; as JSON in the variable',
      allowed: 'a mapping from histograms to strictly rising finite bounds',
    },
    readBuckets,
  ),
  families: byFamily(
    {
      yaml: 'monitoring.families',
      env: 'MONITORING_FAMILIES',
      doc: 'Single families switched off or bounded, by name; as JSON in the variable',
      allowed: 'a mapping from families to true, false or {enabled, cardinality_limit}',
    },
    readOverride,
  ),
} as const

/** The parsed slice of {@link monitoringSettings}. */
export type MonitoringConfig = SettingValues<typeof monitoringSettings>

/** What counts where nothing is set. */
export const monitoringDefaults = Object.freeze(
  Object.fromEntries(
    Object.entries(monitoringSettings).map(([name, { fallback }]) => [name, fallback]),
  ),
) as MonitoringConfig
