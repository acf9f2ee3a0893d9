import { resolve } from 'node:path'
import { defined } from '../core/defined.ts'
import { isJsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Setting } from '../core/setting.ts'
import type { Diagnostic, Path, Source } from '../core/source.ts'

/** The sources of raw values, strongest first. */
export interface RawValues {
  /** Command line flags without their dashes. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** compozy.yaml, if there is one. */
  readonly source?: Source
  /** What relative paths are relative to; default: the current directory of the process. */
  readonly folders?: {
    /** In compozy.yaml. */
    readonly project: string
    /** In flags and variables. */
    readonly working: string
  }
}

/** Refused values: those of YAML as diagnostics, the rest as lines that begin with `error: `. */
export interface Refusals {
  readonly lines: string[]
  readonly diagnostics: Diagnostic[]
}

/** Quotes a value for a message: short, and never a secret. */
function quote(raw: JsonValue, secret: boolean | undefined): string {
  if (secret === true) return '(hidden)'
  const text = JSON.stringify(raw)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** Says what is allowed and, if the setting can tell, what is wrong with the value. */
function rule({ allowed, explain }: Setting<unknown>, raw: JsonValue): string {
  const wrong = explain?.(raw)
  return wrong === undefined ? allowed : `${allowed} (${wrong})`
}

function valueAt(value: JsonValue, path: Path): JsonValue | undefined {
  let current: JsonValue | undefined = value
  for (const key of path) current = isJsonObject(current) ? current[key] : undefined
  return current
}

function diagnosticAt(
  source: Source,
  path: Path,
  key: boolean,
  message: string,
  hint?: string,
): Diagnostic {
  const place = source.locate(path, { key })
  return defined({
    severity: 'error' as const,
    place,
    message,
    hint,
    excerpt: source.lineAt(place),
  })
}

/** Reads what a flag or a variable gives. An empty variable counts as not set. */
function readText<T>(
  setting: Setting<T>,
  kind: 'flag' | 'variable',
  name: string | undefined,
  given: string | undefined,
  refusals: Refusals,
): T | undefined {
  if (given === undefined || (given === '' && kind === 'variable')) return undefined
  if (given === '') {
    refusals.lines.push(`error: flag ${name} is empty; it must be ${setting.allowed}`)
    return undefined
  }
  const value = setting.read(given)
  if (value === undefined)
    refusals.lines.push(
      `error: ${kind} ${name}=${quote(given, setting.secret)}; it must be ${rule(setting, given)}`,
    )
  return value
}

/** Reads what compozy.yaml gives. */
function readYaml<T>(
  setting: Setting<T>,
  source: Source | undefined,
  refusals: Refusals,
): T | undefined {
  const path = setting.yaml?.split('.') ?? []
  const given = source && path.length > 0 ? valueAt(source.value, path) : undefined
  if (source === undefined || given === undefined || given === null) return undefined
  const value = setting.read(given)
  if (value === undefined) {
    const message = `${setting.yaml} is ${quote(given, setting.secret)}; it must be ${rule(setting, given)}`
    const diagnostic = diagnosticAt(source, path, false, message)
    refusals.diagnostics.push(setting.secret ? { ...diagnostic, excerpt: '(hidden)' } : diagnostic)
  }
  return value
}

/** A path becomes absolute, from the folder of the source that gave it. */
function absolute<T>(setting: Setting<T>, value: T, folder: string | undefined): T {
  if (setting.path !== true || typeof value !== 'string') return value
  return resolve(folder ?? '', value) as T & string
}

/**
 * Reads one setting from its strongest source. Values that a stronger source overrides are checked
 * too: a typo in compozy.yaml must not wait for the day the variable is removed.
 */
export function readSetting<T>(setting: Setting<T>, raw: RawValues, refusals: Refusals): T {
  const { flag, env } = setting
  const byFlag = readText(setting, 'flag', flag && `--${flag}`, flag && raw.flags[flag], refusals)
  const byVariable = readText(setting, 'variable', env, env && raw.env[env], refusals)
  const byYaml = readYaml(setting, raw.source, refusals)
  const given = byFlag ?? byVariable
  if (given !== undefined) return absolute(setting, given, raw.folders?.working)
  if (byYaml !== undefined) return absolute(setting, byYaml, raw.folders?.project)
  return setting.fallback
}

/** Refuses unknown keys of the sections and names the nearest known one. */
export function checkSections(
  source: Source,
  sections: readonly string[],
  known: readonly string[],
  refusals: Refusals,
): void {
  const walk = (value: JsonValue, path: readonly string[]): void => {
    if (!isJsonObject(value)) return
    const prefix = path.join('.')
    const allowed = new Set(
      known
        .filter((key) => key.startsWith(`${prefix}.`))
        .map((key) => key.slice(prefix.length + 1).split('.')[0]!),
    )
    for (const key of Object.keys(value)) {
      const below = [...path, key]
      const dotted = below.join('.')
      if (!allowed.has(key)) {
        const message = `unknown key "${key}" in ${prefix}${didYouMean(key, allowed)}`
        refusals.diagnostics.push(
          diagnosticAt(source, below, true, message, `allowed: ${[...allowed].join(', ')}`),
        )
      } else if (known.some((name) => name.startsWith(`${dotted}.`))) walk(value[key]!, below)
    }
  }
  for (const section of sections) {
    const value = valueAt(source.value, [section])
    if (value !== undefined) walk(value, [section])
  }
}
