import { durationHint, parseDuration } from './time/duration.ts'
import { longestTimerMs } from './limits.ts'
import type { JsonValue } from './json.ts'

/**
 * One setting of the engine. The folder that needs it declares it in `<folder>/config.ts`;
 * `config/` reads it from flag, environment, compozy.yaml and fallback, strongest first. Flags and
 * variables are text, YAML is JSON; `read` accepts both.
 */
export interface Setting<T> {
  /** Key in compozy.yaml, dotted: `monitoring.path`. */
  readonly yaml?: string
  /** Environment variable: `MONITORING_PATH`. An empty one counts as unset. */
  readonly env?: string
  /** Command line flag without dashes: `metrics-path`. */
  readonly flag?: string
  /** What the setting does, in one sentence, for `--help` and docs/reference/config.md. */
  readonly doc: string
  /** The allowed values, as the end of "it must be …". */
  readonly allowed: string
  readonly fallback: T
  /** Returns the typed value, or `undefined` if the raw one is not allowed. */
  readonly read: (raw: JsonValue) => T | undefined
  /** Explains a refused value where `allowed` alone does not help. */
  readonly explain?: (raw: JsonValue) => string | undefined
  /** True if the value must never be printed. */
  readonly secret?: boolean
  /** True if the value is the path of a file: the configuration holds it absolute. */
  readonly path?: true
}

/** The settings of one folder by name. */
export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The parsed values of a folder's settings. */
export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Returns the values of settings of which none is set. */
export function fallbacksOf<S extends Settings>(settings: S): SettingValues<S> {
  const entries = Object.entries(settings).map(([name, { fallback }]) => [name, fallback])
  return Object.freeze(Object.fromEntries(entries)) as SettingValues<S>
}

/** Sources, documentation and fallback of a setting. */
export type Declaration<T> = Omit<Setting<T>, 'read' | 'allowed'> & { readonly allowed?: string }

/** Declares a switch: `true` or `false` only, so that a typo can't flip it. */
export function booleanSetting(declaration: Declaration<boolean>): Setting<boolean> {
  return {
    allowed: 'true or false',
    ...declaration,
    read: (raw) => {
      if (raw === true || raw === 'true') return true
      return raw === false || raw === 'false' ? false : undefined
    },
  }
}

/** Converts a number or the text of a whole number; NaN for anything else. */
function toNumber(raw: JsonValue): number {
  if (typeof raw === 'number') return raw
  return typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : NaN
}

/** Declares a whole number between two bounds, both included. */
export function integerSetting(
  declaration: Declaration<number> & { min: number; max: number },
): Setting<number> {
  const { min, max, ...rest } = declaration
  return {
    allowed: `a whole number from ${min} to ${max}`,
    ...rest,
    read: (raw) => {
      const number = toNumber(raw)
      return Number.isSafeInteger(number) && number >= min && number <= max ? number : undefined
    },
  }
}

/** Declares a TCP port; 0 takes any free one. */
export function portSetting(declaration: Declaration<number>): Setting<number> {
  return {
    ...integerSetting({ min: 0, max: 65_535, ...declaration }),
    allowed: 'a port from 0 (any free one) to 65535',
  }
}

/** What a {@link durationSetting} allows. */
export const settingDuration = `${durationHint}, at most 24d`

/** Declares a duration; its value is in milliseconds. */
export function durationSetting(declaration: Declaration<number>): Setting<number> {
  return {
    allowed: settingDuration,
    ...declaration,
    read: (raw) => {
      const ms = typeof raw === 'string' ? parseDuration(raw) : undefined
      return ms !== undefined && ms <= longestTimerMs ? ms : undefined
    },
  }
}

/** Declares a choice from a closed set of words. */
export function choiceSetting<const W extends string>(
  declaration: Declaration<W> & { of: readonly W[] },
): Setting<W> {
  const { of: words, ...rest } = declaration
  return {
    allowed: `one of ${words.join(', ')}`,
    ...rest,
    read: (raw) => words.find((word) => word === raw),
  }
}

/** Reports whether a text is not empty and has no control character, such as NUL in a path. */
export function isPrintable(text: string): boolean {
  return text !== '' && !/\p{Cc}/u.test(text)
}

/** Declares a text that `accept` accepts, by default any in one line that is not empty. */
export function textSetting<T extends string | null>(
  declaration: Declaration<T> & { accept?: (text: string) => boolean },
): Setting<T> {
  const { accept = isPrintable, ...rest } = declaration
  return {
    allowed: 'text in one line',
    ...rest,
    read: (raw) => (typeof raw === 'string' && accept(raw) ? (raw as T) : undefined),
  }
}

/**
 * Declares the path of a file. In compozy.yaml it is relative to the project's folder, in a flag or
 * variable to the working directory.
 */
export function pathSetting(declaration: Declaration<string | null>): Setting<string | null> {
  return { ...textSetting({ allowed: 'the path of a file', ...declaration }), path: true }
}
