import { CompozyError } from '../../engine/core/errors.ts'
import { prefixProblem } from '../../engine/core/custom-metric.ts'
import type { CommandContext } from '../command.ts'

/** Returns --prefix, checked. */
export function prefixOf({ flags }: CommandContext): string | undefined {
  const { prefix } = flags.values
  if (prefix === undefined) return prefix
  const problem = prefixProblem(prefix)
  if (problem === undefined) return prefix
  throw new CompozyError('usage_invalid', `flag --prefix=${JSON.stringify(prefix)} ${problem}`)
}
