import type { ParsedFlags } from '../flags.ts'
import { shellWord } from '../shell-word.ts'

/** Returns the flags among these that the command line gave, as they are typed again. */
export function repeatFlags(
  { values, switches }: Pick<ParsedFlags, 'values' | 'switches'>,
  names: readonly string[],
): string {
  return names
    .flatMap((name) => {
      const value = values[name]
      if (value !== undefined) return [` --${name} ${shellWord(value)}`]
      return switches.has(name) ? [` --${name}`] : []
    })
    .join('')
}

/** Flags that name the engine. */
export const engineFlags = ['server', 'token-file', 'cwd'] as const
