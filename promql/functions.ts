import { rangeFunctions } from './range-functions.ts'

/** Functions of one number each. */
export const numberFunctions: Readonly<Record<string, (value: number, to?: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: (value, to = 1) => Math.floor(value / to + 0.5) * to,
  clamp_min: (value, to = 0) => Math.max(value, to),
  clamp_max: (value, to = 0) => Math.min(value, to),
}

/** Functions that ./evaluate.ts implements. */
const others = [
  'absent',
  'histogram_count',
  'histogram_fraction',
  'histogram_quantile',
  'label_replace',
  'scalar',
  'time',
  'vector',
]

/** Names of the functions that the page can evaluate. */
export const functions: ReadonlySet<string> = new Set([
  ...Object.keys(rangeFunctions),
  ...Object.keys(numberFunctions),
  ...others,
])
