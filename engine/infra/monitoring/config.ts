import type { JsonValue } from '../../core/json.ts'
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
import {
  familyReaders,
  labelSetBounds,
  type ByFamily,
  type FamilyOverride,
  type FamilyReader,
} from './family-settings.ts'

export { tokenProblem } from './exposition/bearer.ts'

/** Paths of other routes. */
const takenPaths = ['/docs', '/openapi.json', '/healthz', '/readyz', '/api', '/page', '/debug']

/**
 * Reports whether a text is a path as a request has it. Clients resolve the segments `.` and `..`,
 * so a route that has them is never reached.
 */
export const isPlainPath = (path: string): boolean =>
  /^(\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/.test(path)

function isFreePath(path: string): boolean {
  if (!isPlainPath(path)) return false
  return !takenPaths.some((owned) => path === owned || path.startsWith(`${owned}/`))
}

/** Reports whether a text is HOST:PORT, with IPv6 addresses in brackets and port 0 for any. */
function isListenAddress(text: string): boolean {
  const port = /^(?:\[[^\s/[\]]+\]|[^\s/:@[\]]+):(\d{1,5})$/.exec(text)?.[1]
  return Number(port) <= 65_535
}

/** Reads a mapping from YAML, or from JSON text in a variable. */
function mappingOf(raw: JsonValue): JsonValue {
  if (typeof raw !== 'string') return raw
  try {
    return JSON.parse(raw) as JsonValue
  } catch {
    return null
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
    ...labelSetBounds,
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
  families: byFamily<FamilyOverride>(
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
