/**
 * Returns the thrown value, its `cause`, that one's `cause` and so on; each once, even in a cycle.
 */
export function causesOf(thrown: unknown): readonly unknown[] {
  const seen = new Set<unknown>()
  for (let cause = thrown; cause !== undefined && !seen.has(cause);) {
    seen.add(cause)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return [...seen]
}
