/** A set of ids that forgets the oldest one past a limit. */
export interface RecentIds {
  has(id: string): boolean
  /** Adds an id. Returns false when the set has it. */
  add(id: string): boolean
  delete(id: string): void
}

/** Creates an empty set for so many ids. */
export function createRecentIds(limit: number): RecentIds {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add(id) {
      if (ids.has(id)) return false
      ids.add(id)
      if (ids.size > limit) ids.delete(ids.values().next().value!)
      return true
    },
    delete: (id) => void ids.delete(id),
  }
}
