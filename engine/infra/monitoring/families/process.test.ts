import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createRegistry } from '../instruments/registry.ts'
import { processFamilies } from './process.ts'

function setup() {
  const registry = createRegistry()
  const { stop } = processFamilies(registry)
  onTestFinished(stop)
  const values = (): Map<string, number> =>
    new Map(
      registry
        .collect()
        .collected.flatMap(({ family, series }) =>
          series.map(({ labels, slot }) => [
            [family.name, ...Object.values(labels)].join(' '),
            'value' in slot ? slot.value : slot.counts.reduce((all, count) => all + count, 0),
          ]),
        ),
    )
  return { values }
}

describe('processFamilies', () => {
  it('Should tell what the system counts, in base units', () => {
    const { values } = setup()
    const found = values()
    const now = Date.now() / 1_000
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
    expect(found.get('process_start_time_seconds')).toBeGreaterThan(now - 3_600)
    expect(found.get('process_start_time_seconds')).toBeLessThanOrEqual(now)
    expect(found.get('nodejs_heap_size_used_bytes')).toBeLessThan(
      found.get('nodejs_heap_size_total_bytes')!,
    )
  })

  it('Should tell the CPU time of the program and of the system together', () => {
    const spent = (): number => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }
    const { values } = setup()
    const before = spent()
    const told = values().get('process_cpu_seconds_total')
    expect(told).toBeGreaterThanOrEqual(before)
    expect(told).toBeLessThanOrEqual(spent())
  })

  it.runIf(process.platform === 'linux')('Should tell of open files and their limit', () => {
    const found = setup().values()
    expect(found.get('process_open_fds')).toBeGreaterThan(2)
    expect(found.get('process_max_fds')).toBeGreaterThan(found.get('process_open_fds')!)
  })

  it.runIf(process.platform !== 'linux')('Should leave out what only Linux tells', () => {
    expect([...setup().values().keys()].filter((name) => name.endsWith('_fds'))).toEqual([])
  })

  it('Should tell of the event loop after a whole interval, the same to every scrape in it', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { values } = setup()
    const name = 'nodejs_eventloop_utilization_ratio'
    expect(values().has(name)).toBe(false)
    vi.advanceTimersByTime(10_000)
    const first = values().get(name)
    expect(first).toBeGreaterThanOrEqual(0)
    expect(first).toBeLessThanOrEqual(1)
    expect(values().get(name)).toBe(first)
    const lags = ['mean', 'p99', 'max'].map((each) => `nodejs_eventloop_lag_${each}_seconds`)
    expect(lags.filter((lag) => !values().has(lag))).toEqual([])
  })

  it('Should tell how late the event loop was, and of no lag below 0', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { values } = setup()
    const block = async (): Promise<void> => {
      const until = performance.now() + 100
      while (performance.now() < until);
      await new Promise(setImmediate)
    }
    await vi.waitFor(
      async () => {
        // A delay is the time between two ticks.
        for (let ticks = 0; ticks < 3; ticks++) await block()
        vi.advanceTimersByTime(10_000)
        const found = values()
        expect(found.get('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0)
        expect(found.get('nodejs_eventloop_lag_mean_seconds')).toBeGreaterThanOrEqual(0)
      },
      { timeout: 10_000 },
    )
  })

  it('Should count a garbage collection by its kind', async () => {
    const { values } = setup()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    expect(values().get('nodejs_gc_duration_seconds major')).toBe(0)
    await vi.waitFor(() => {
      collect()
      expect(values().get('nodejs_gc_duration_seconds major')).toBeGreaterThan(0)
    })
  })
})
