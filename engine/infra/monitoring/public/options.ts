import { defined } from '../../../core/defined.ts'
import { prefixProblem, type CustomMetric } from '../../../core/custom-metric.ts'
import { CompozyError } from '../../../core/errors.ts'
import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import type { Logger } from '../../../core/logger.ts'
import { didYouMean, unknownKeyIn } from '../../../core/nearest.ts'
import { families, type Family } from '../catalogue.ts'
import { taskCatalogue } from '../catalogue/task.ts'
import {
  isPlainPath,
  monitoringDefaults,
  monitoringSettings,
  type MonitoringConfig,
} from '../config.ts'
import { tokenProblem } from '../exposition/bearer.ts'
import { readersFor, type FamilyOverride } from '../family-settings.ts'
import type { KnownNames } from '../families/task.ts'
import type { ServiceOptions } from '../index.ts'
import { createStderrLogger } from './stderr-logger.ts'

/**
 * Families that are exported only when something feeds them: `temporal_health` needs
 * `temporal.watchHealth`, `temporal_polls` needs `temporal.attachSdkMetrics`,
 * `temporal_executions` needs `temporal.reconcile`, `draining` needs `temporal.setDraining`.
 */
export type Feature = 'temporal_health' | 'temporal_polls' | 'temporal_executions' | 'draining'

/** For an engine that interprets workflows: tasks, tool calls and metrics of their authors. */
export interface InterpreterOptions extends KnownNames {
  /** Metrics that workflow code records with `observe`, exactly once. */
  readonly metrics: readonly CustomMetric[]
}

/** Options of {@link createMonitoring}. */
export interface MonitoringOptions extends Partial<
  Omit<MonitoringConfig, 'tokenFile' | 'families'>
> {
  /** Prefix of every exported name, without the last underscore: `shop`. */
  readonly prefix: string
  /** False: the same object that records nothing and exports nothing. Default true. */
  readonly enabled?: boolean
  /** Version and commit for `<prefix>_build_info`. */
  readonly build?: { readonly version: string; readonly commit?: string }
  /** Workflow types whose series exist at 0 from the first scrape; up to 200 others may follow. */
  readonly workflowTypes?: readonly string[]
  /** Where failures of monitoring are logged; a pino logger fits. Default: standard error. */
  readonly logger?: Logger
  /**
   * Bearer token that a scrape must carry; a function when the token may change. Blanks around what
   * it returns are left out. While it returns no text or an empty one, every scrape is refused.
   * `scrape()` does not check it.
   */
  readonly token?: string | (() => string) | undefined
  /** Path of the metrics route. Default `/metrics`. */
  readonly path?: string
  /** `host:port` of a listener for the metrics alone. Default null: a route of your server. */
  readonly listen?: string | null
  /** Export process and Node.js metrics (`process_*`, `nodejs_*`). Default false. */
  readonly process?: boolean
  /** Bucket bounds of single histograms, by exported name: with your prefix. */
  readonly buckets?: Readonly<Record<string, readonly number[]>>
  /**
   * Single families by exported name: false disables one, `cardinalityLimit` limits its label sets.
   * Core metrics cannot be disabled.
   */
  readonly families?: Readonly<Record<string, boolean | Partial<FamilyOverride>>>
  /** Families beyond HTTP, runs and workers. Default none. */
  readonly features?: readonly Feature[]
  /** For an engine that interprets workflows. */
  readonly interpreter?: InterpreterOptions
}

/** Workflow types beyond the known ones that get series of their own. */
const openWorkflowTypes = 200

const fedBy: Readonly<Record<Feature, readonly Family[]>> = {
  temporal_health: [families.reachable],
  temporal_polls: [families.pollAge],
  temporal_executions: [
    families.workflowExecutions,
    families.workflowStuck,
    families.workflowServerClosed,
    families.taskQueueBacklog,
    families.taskQueueBacklogAge,
    families.reconcileErrors,
  ],
  draining: [families.draining],
}

const interpreted: readonly Family[] = Object.values(taskCatalogue)

const ownOptions = [
  'prefix',
  'build',
  'workflowTypes',
  'logger',
  'token',
  'features',
  'interpreter',
] as const
const settingNames = Object.keys(monitoringSettings).filter((name) => name !== 'tokenFile')

function refuse(message: string): never {
  throw new CompozyError('config_invalid', message)
}

function checkPrefix(prefix: unknown): void {
  const problem = prefixProblem(prefix)
  if (problem !== undefined) refuse(`prefix ${JSON.stringify(prefix)} ${problem}`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Paths of the engine's own routes are refused in its settings; an application may use them. */
const isPath = (path: unknown): boolean => typeof path === 'string' && isPlainPath(path)

type FamilyReaders = ReturnType<typeof readersFor>

const isByFamily = (name: keyof MonitoringConfig): name is keyof FamilyReaders =>
  name === 'buckets' || name === 'families'

/** Checks the value of a setting in its typed form; the text forms of YAML are not accepted. */
function isAllowed(name: keyof MonitoringConfig, value: unknown): boolean {
  if (name === 'path') return isPath(value)
  const { fallback, read } = monitoringSettings[name]
  if (value === fallback) return true
  if (isByFamily(name)) return isJsonObject(value)
  // A duration is in milliseconds here.
  if (name === 'reconcileInterval') return typeof value === 'number' && read(`${value}ms`) === value
  return read(value as JsonValue) === value
}

/** Says what is allowed for an option. */
function allowedFor(name: keyof MonitoringConfig, readers: FamilyReaders): string {
  if (name === 'path') return 'a path such as /metrics, without query'
  return isByFamily(name) ? readers[name].allowed : monitoringSettings[name].allowed
}

/** Returns the value of a setting. Throws `config_invalid` for a wrong one. */
function readValue(name: keyof MonitoringConfig, value: unknown, readers: FamilyReaders): unknown {
  if (!isAllowed(name, value))
    refuse(`option ${name} is ${JSON.stringify(value)}; it must be ${allowedFor(name, readers)}`)
  if (!isByFamily(name)) return value
  const found = readers[name].read(value)
  return 'wrong' in found ? refuse(`option ${name}: ${found.wrong}`) : found.value
}

/** Returns the settings with defaults. Throws `config_invalid` for unknown and wrong ones. */
function readSettings(
  options: Readonly<Record<string, unknown>>,
  prefix: string,
): MonitoringConfig {
  const readers = readersFor(prefix)
  const settings: Record<string, unknown> = { ...monitoringDefaults, enabled: true }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (ownOptions as readonly string[]).includes(name)) continue
    if (!settingNames.includes(name))
      refuse(`option "${name}" is unknown${didYouMean(name, [...ownOptions, ...settingNames])}`)
    settings[name] = readValue(name as keyof MonitoringConfig, value, readers)
  }
  // Every key is one of the settings, each checked above.
  return settings as unknown as MonitoringConfig
}

function checkWorkflowTypes(types: unknown): void {
  if (!Array.isArray(types) || !types.every(isText))
    refuse('option workflowTypes must be a list of names of workflow types')
}

/** Reads what JavaScript may pass where the types ask for an object. */
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  Object(value ?? {}) as Readonly<Record<string, unknown>>

function checkKeys(option: string, value: unknown, known: readonly string[]): void {
  const unknown = unknownKeyIn(fieldsOf(value), known)
  if (unknown !== undefined) refuse(`option ${option}: ${unknown}`)
}

function checkBuild(build: unknown): void {
  if (build === undefined) return
  const { version, commit } = fieldsOf(build)
  if (typeof version !== 'string' || typeof (commit ?? '') !== 'string')
    refuse('option build must be { version, commit? }, each a text')
  checkKeys('build', build, ['version', 'commit'])
}

/** What monitoring calls of a logger. */
const logMethods = ['warn', 'error'] as const satisfies readonly (keyof Logger)[]

/** Checks a logger now: it is needed first where something fails. */
function checkLogger(logger: unknown): void {
  if (logger === undefined || logger === null) return
  const methods = fieldsOf(logger)
  const missing = logMethods.find((method) => typeof methods[method] !== 'function')
  if (missing !== undefined)
    refuse(`option logger has no method ${missing}; give a pino logger, or one with its methods`)
}

function checkToken(token: unknown): void {
  if (token === undefined || typeof token === 'function') return
  const problem = tokenProblem(token)
  if (problem !== undefined) refuse(`option token ${problem}`)
}

function checkLists(options: MonitoringOptions): void {
  const { features = [], interpreter } = options
  if (!Array.isArray(features) || !features.every(isText))
    refuse('option features must be a list of names of features')
  if (interpreter === undefined) return
  const lists = ['workflows', 'tools', 'metrics'] as const
  for (const list of lists)
    if (!Array.isArray(fieldsOf(interpreter)[list]))
      refuse(`option interpreter.${list} must be a list`)
  checkKeys('interpreter', interpreter, lists)
}

function familiesWithout(features: readonly Feature[], interpreter: boolean): Family[] {
  const unknown = features.find((feature) => !Object.hasOwn(fedBy, feature))
  if (unknown !== undefined)
    refuse(`feature "${unknown}" is unknown${didYouMean(unknown, Object.keys(fedBy))}`)
  const unfed = Object.entries(fedBy).flatMap(([feature, fed]) =>
    features.includes(feature as Feature) ? [] : fed,
  )
  return interpreter ? unfed : [...unfed, ...interpreted]
}

/** Returns the options of the service. Throws CompozyError `config_invalid`. */
export function readOptions(options: MonitoringOptions): ServiceOptions {
  const given: unknown = options
  if (!isJsonObject(given)) refuse('the options are missing; give at least { prefix: "shop" }')
  const { prefix, build, workflowTypes = [], logger, token, features = [], interpreter } = options
  checkPrefix(prefix)
  checkWorkflowTypes(workflowTypes)
  checkBuild(build)
  checkLogger(logger)
  checkToken(token)
  checkLists(options)
  const own = prefix === 'compozy'
  const without = familiesWithout(features, interpreter !== undefined)
  if (build === undefined) without.push(families.buildInfo)
  return {
    config: readSettings({ ...options }, prefix),
    build: { version: build?.version ?? 'unknown', commit: build?.commit ?? 'unknown' },
    workflows: interpreter?.workflows ?? workflowTypes.map((id) => ({ id, taskTypes: [] })),
    tools: interpreter?.tools ?? [],
    customMetrics: interpreter?.metrics ?? [],
    logger: logger ?? createStderrLogger(),
    token,
    without,
    ...defined({
      prefix: own ? undefined : prefix,
      documentedPaths: own ? undefined : '/',
      openWorkflowTypes: interpreter === undefined ? openWorkflowTypes : undefined,
    }),
  }
}
