import { durationHint, parseDuration } from './duration.ts'
import type { JsonValue } from './json.ts'

/**
 * One setting of the engine, declared by the folder that needs it (`<folder>/config.ts`) and read by `config/`, the
 * only reader of flags, environment and YAML. Precedence: flag > environment > compozy.yaml > fallback. Flags and
 * variables arrive as text, YAML as JSON; `read` takes both.
 */
export interface Setting<T> {
  /** Key in compozy.yaml, dotted: `monitoring.path`. */
  readonly yaml?: string
  /** Environment variable: `MONITORING_PATH`. An empty one counts as unset. */
  readonly env?: string
  /** Command line flag without dashes: `metrics-path`. */
  readonly flag?: string
  /** What it does, one sentence, for `--help` and docs/reference/config.md. */
  readonly doc: string
  /** What values are allowed, as the end of "… must be". */
  readonly allowed: string
  readonly fallback: T
  /** The typed value, or `undefined` if the raw one is not allowed. */
  readonly read: (raw: JsonValue) => T | undefined
  /** What exactly is wrong with a refused value, where `allowed` alone would not help to find it. */
  readonly explain?: (raw: JsonValue) => string | undefined
  /** True where the value must never be printed. */
  readonly secret?: boolean
}

/** Settings of one folder by name. */
export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The parsed slice that belongs to a folder's settings. */
export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Where a setting can be given, its documentation and what counts when it is not given. */
export type Declaration<T> = Omit<Setting<T>, 'read' | 'allowed'> & { readonly allowed?: string }

/** `true` or `false`; nothing else, so that a typing error can't switch something on or off. */
export function booleanSetting(declaration: Declaration<boolean>): Setting<boolean> {
  return {
    allowed: 'true or false',
    ...declaration,
    read: (raw) =>
      raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : undefined,
  }
}

/** A whole number between two bounds, both included. */
export function integerSetting(
  declaration: Declaration<number> & { min: number; max: number },
): Setting<number> {
  const { min, max, ...rest } = declaration
  return {
    allowed: `a whole number from ${min} to ${max}`,
    ...rest,
    read: (raw) => {
      const number =
        typeof raw === 'number'
          ? raw
          : typeof raw === 'string' && /^-?\d+$/.test(raw)
            ? Number(raw)
            : NaN
      return Number.isSafeInteger(number) && number >= min && number <= max ? number : undefined
    },
  }
}

/** A TCP port; 0 takes any free one. */
export function portSetting(declaration: Declaration<number>): Setting<number> {
  return {
    ...integerSetting({ min: 0, max: 65_535, ...declaration }),
    allowed: 'a port from 0 (any free one) to 65535',
  }
}

/** A duration, in milliseconds once read. */
export function durationSetting(declaration: Declaration<number>): Setting<number> {
  return {
    allowed: durationHint,
    ...declaration,
    read: (raw) => (typeof raw === 'string' ? parseDuration(raw) : undefined),
  }
}

/** One of a closed set of words. */
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

/** Text that is not empty, or that fits `accept`. */
export function textSetting<T extends string | null>(
  declaration: Declaration<T> & { accept?: (text: string) => boolean },
): Setting<T> {
  const { accept = (text) => text !== '', ...rest } = declaration
  return {
    allowed: 'text',
    ...rest,
    read: (raw) => (typeof raw === 'string' && accept(raw) ? (raw as T) : undefined),
  }
}
