/**
 * Preloaded into an engine (`node --import`): writes to the file LOOP_METER_FILE how long, in ms, a
 * turn of the main loop took at most, in time of the clock and in time that the thread computed.
 * The second one holds on a busy machine too. Linux only.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.LOOP_METER_FILE
const everyMs = 2

/** Nanoseconds that the main thread has computed. */
function computed() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0])
}

if (isMainThread && file !== undefined) {
  const longest = { clockMs: 0, computedMs: 0 }
  // The start of the process compiles and loads; what comes after it counts.
  setTimeout(() => {
    let [clock, cpu] = [performance.now(), computed()]
    setInterval(() => {
      const [nowClock, nowCpu] = [performance.now(), computed()]
      longest.clockMs = Math.max(longest.clockMs, nowClock - clock - everyMs)
      longest.computedMs = Math.max(longest.computedMs, (nowCpu - cpu) / 1e6)
      ;[clock, cpu] = [nowClock, nowCpu]
    }, everyMs).unref()
    setInterval(() => {
      writeFileSync(`${file}.new`, JSON.stringify(longest))
      renameSync(`${file}.new`, file)
      longest.clockMs = 0
      longest.computedMs = 0
    }, 500).unref()
  }, 5_000).unref()
}
