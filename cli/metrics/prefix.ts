import { CompozyError } from '../../engine/core/errors.ts'
import type { CommandContext } from '../command.ts'

/** Returns --prefix, checked. */
export function prefixOf({ flags }: CommandContext): string | undefined {
  const { prefix } = flags.values
  if (prefix === undefined || /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(prefix)) return prefix
  throw new CompozyError(
    'usage_invalid',
    `flag --prefix="${prefix}"; use lower case letters, digits and single underscores, such as "shop"`,
  )
}
