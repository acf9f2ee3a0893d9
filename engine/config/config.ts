import { CompozyError } from '../core/errors.ts'
import type { Setting, SettingValues } from '../core/setting.ts'
import { formatDiagnostic } from '../core/source.ts'
import { monitoringSettings } from '../infra/monitoring/config.ts'
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
  log: logSettings,
} as const

/** The whole configuration, parsed and frozen. Folders are handed their slice, nothing else. */
export type Config = { readonly [S in keyof typeof settings]: SettingValues<(typeof settings)[S]> }

/** Every setting with its slice and name, in the order of the declarations. */
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
 * Flags, environment and compozy.yaml to one frozen configuration; flag > environment > compozy.yaml > fallback.
 * What is refused comes with it, all at once: each names the flag, variable or `file:line:column`, the value given
 * and what is allowed; the configuration counts only where nothing is.
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

/** As {@link readConfig}; throws CompozyError `config_invalid` with every refusal, each YAML line with its caret. */
export function loadConfig(raw: RawValues): Config {
  const { config, refusals } = readConfig(raw)
  const messages = [...refusals.lines, ...refusals.diagnostics.map(formatDiagnostic)]
  if (messages.length > 0) throw new CompozyError('config_invalid', messages.join('\n'))
  return config
}
