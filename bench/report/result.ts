import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from '../root.ts'
import type { Figure } from '../statistics.ts'

/** What a scenario has written. */
export interface Result {
  readonly scenario: string
  readonly valid: boolean
  readonly quick: boolean
  readonly figures: Readonly<Record<string, Figure>>
  /** What each round measured. */
  readonly raw: Readonly<Record<string, readonly number[]>>
  readonly machine: { readonly cpus: number; readonly model: string; readonly memory_bytes: number }
  readonly versions: { readonly node: string }
}

/** Returns the committed result of a scenario, if there is one. */
export function read(name: string): Result | undefined {
  const file = resolve(root, 'bench/results', `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : undefined
}

/** A number with three digits that count. */
export const number = (value: number): string =>
  Math.abs(value) >= 1_000 ? value.toFixed(0) : value.toPrecision(3)
/** A figure as two cells of a table: its value, and its interval. */
export const show = ({ value, unit, low, high }: Figure): string =>
  `${number(value)} ${unit} | [${number(low)}, ${number(high)}]`
