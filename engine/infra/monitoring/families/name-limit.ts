import type { KnownNames } from './task.ts'

/** The names that series may carry, and those that there is no room for. */
export interface LimitedNames {
  readonly admitted: KnownNames
  readonly refused: readonly string[]
}

/**
 * Returns a function that limits the workflows and the tools that come while the process runs.
 * Names from its start always pass, as do those that passed before. Removed names keep their
 * series, so a process whose files are renamed again and again would export ever more.
 */
export function createNameLimit(
  limit: number,
  { workflows, tools }: KnownNames,
): (names: KnownNames) => LimitedNames {
  const knownTypes = new Set(workflows.map(({ id }) => id))
  const knownTools = new Set(tools)
  return (names) => {
    const refused: string[] = []
    const admits = (known: Set<string>, name: string): boolean => {
      if (!known.has(name) && known.size >= limit) refused.push(name)
      else known.add(name)
      return known.has(name)
    }
    return {
      admitted: {
        workflows: names.workflows.filter(({ id }) => admits(knownTypes, id)),
        tools: names.tools.filter((tool) => admits(knownTools, tool)),
      },
      refused,
    }
  }
}
