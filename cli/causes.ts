/** What was thrown, then its `cause`, the cause's cause, and so on; each once, even where they go round. */
export function causesOf(thrown: unknown): readonly unknown[] {
  const seen = new Set<unknown>()
  for (let cause = thrown; cause !== undefined && !seen.has(cause);) {
    seen.add(cause)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return [...seen]
}
