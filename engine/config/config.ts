import { CompozyError } from '../core/errors.ts'
import type { Setting, SettingValues } from '../core/setting.ts'
import { formatDiagnostic } from '../core/source.ts'
import { monitoringSettings } from '../infra/monitoring/config.ts'
import { runLogSettings } from '../infra/run-logs/config.ts'
import { serverSettings } from '../infra/server/config.ts'
import { temporalSettings } from '../infra/temporal/config.ts'
import { configSections } from '../project/project-shape.ts'
import { workerSettings } from '../worker/config.ts'
import { logSettings } from './log-settings.ts'
import { checkSections, readSetting, type RawValues, type Refusals } from './read-settings.ts'

/** Every setting of the engine by slice; each folder declares its own. */
export const settings = {
  server: serverSettings,
  temporal: temporalSettings,
  worker: workerSettings,
  monitoring: monitoringSettings,
  logs: runLogSettings,
  log: logSettings,
} as const

/** The whole configuration, parsed and frozen. Each folder gets its own slice. */
export type Config = { readonly [S in keyof typeof settings]: SettingValues<(typeof settings)[S]> }

/** Lists every setting with its slice and name, in the order of the declarations. */
export function listSettings(): readonly {
  slice: string
  name: string
  setting: Setting<unknown>
}[] {
  return Object.entries(settings).flatMap(([slice, group]) =>
    Object.entries(group as Readonly<Record<string, Setting<unknown>>>).map(([name, setting]) => ({
      slice,
      name,
      setting,
    })),
  )
}

/**
 * Reads flags, environment and compozy.yaml into one frozen configuration, strongest source first.
 * Returns all refusals with it: each names the flag, variable or `file:line:column`, the value and
 * what is allowed. Use the configuration only if there is none.
 */
export function readConfig(raw: RawValues): { config: Config; refusals: Refusals } {
  const refusals: Refusals = { lines: [], diagnostics: [] }
  const slices: Record<string, Record<string, unknown>> = {}
  for (const { slice, name, setting } of listSettings()) {
    slices[slice] ??= {}
    slices[slice][name] = readSetting(setting, raw, refusals)
  }
  if (raw.source !== undefined) {
    const known = listSettings().flatMap(({ setting }) => setting.yaml ?? [])
    checkSections(raw.source, configSections, known, refusals)
  }
  for (const slice of Object.values(slices)) Object.freeze(slice)
  return { config: Object.freeze(slices) as Config, refusals }
}

/** As {@link readConfig}, but throws CompozyError `config_invalid` with every refusal. */
export function loadConfig(raw: RawValues): Config {
  const { config, refusals } = readConfig(raw)
  const messages = [...refusals.lines, ...refusals.diagnostics.map(formatDiagnostic)]
  if (messages.length > 0) throw new CompozyError('config_invalid', messages.join('\n'))
  return config
}
