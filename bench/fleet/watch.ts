/** Milliseconds of a scrape, and the longest time in it during which nothing else could run. */
export async function watch(
  scrape: () => Promise<{ readonly bytes: number }>,
): Promise<{ ms: number; stall: number; bytes: number }> {
  let running = true
  let stall = 0
  const startedAt = performance.now()
  let last = startedAt
  const look = (): void => {
    const now = performance.now()
    stall = Math.max(stall, now - last)
    last = now
    if (running) setImmediate(look)
  }
  setImmediate(look)
  const { bytes } = await scrape()
  running = false
  const endedAt = performance.now()
  return { ms: endedAt - startedAt, stall: Math.max(stall, endedAt - last), bytes }
}
