/** A progress line for a scenario; on a terminal only. */
export interface ProgressBar {
  /** What share is done, 0 to 1. */
  show(share: number): void
  clear(): void
}

const width = 30

/** A bar for work that begins now: its share and the time left, as if the rest went as fast. */
export function progressBar(name: string, out: NodeJS.WriteStream): ProgressBar {
  const startedAt = performance.now()
  return {
    show(share) {
      if (!out.isTTY || share === 0) return
      const left = Math.ceil((((performance.now() - startedAt) / share) * (1 - share)) / 1_000)
      const done = Math.round(share * width)
      const bar = '='.repeat(done).padEnd(width)
      const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`
      out.write(`\r${name} [${bar}] ${String(Math.round(share * 100)).padStart(3)} %, ${time} `)
    },
    clear() {
      if (out.isTTY) out.write('\r\x1b[K')
    },
  }
}
