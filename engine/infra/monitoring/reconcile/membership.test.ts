import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFleet } from './fleet.ts'
import { createMembership } from './membership.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

/** The membership of process `a`, with notes that a test can break. */
function setup() {
  const told: string[] = []
  const state: { error?: Error } = {}
  const did = async (what: string): Promise<void> => {
    told.push(what)
    if (state.error !== undefined) throw state.error
  }
  const fleet = createFleet('a')
  const membership = createMembership({
    fleet,
    notes: {
      identity: 'a',
      beat: (note) => did(`beat ${note}`),
      heartbeats: async () => {
        await did('read')
        return [{ note: 'a', at: Date.now() }]
      },
    },
    countingKey: 'closes',
    onSuccess: () => void told.push('fine'),
    onFailure: (error) => void told.push(`failed ${String(error)}`),
  })
  const stop = new AbortController()
  const stay = async (ms: number, joined: () => void = () => undefined): Promise<string[]> => {
    const staying = membership.stay(stop.signal, joined)
    await vi.advanceTimersByTimeAsync(ms)
    stop.abort()
    await vi.runAllTimersAsync()
    await staying
    return told
  }
  return { fleet, membership, stay, stop, state, told }
}

describe('the membership of a process', () => {
  it('Should beat every five seconds, and read the others at every second beat', async () => {
    const joined = vi.fn()
    const { fleet, stay } = setup()
    const told = await stay(10_000, joined)
    expect(told.filter((what) => what.startsWith('beat'))).toHaveLength(3)
    expect(told.filter((what) => what === 'read')).toHaveLength(2)
    expect(told.filter((what) => what.startsWith('failed'))).toEqual([])
    expect(joined).toHaveBeenCalledTimes(3)
    // The first process of a fleet begins to count.
    expect(fleet.countedUntil()).toBe(1_000_000)
  })

  it('Should tell of failures, and go on', async () => {
    const { state, stay } = setup()
    state.error = new Error('no server')
    const told = await stay(5_000)
    expect(told.filter((what) => what === 'failed Error: no server')).toHaveLength(3)
    expect(told).not.toContain('fine')
  })

  it('Should tell of no failure that its stop brings', async () => {
    const { state, stay, stop, told } = setup()
    state.error = new Error('stopped')
    stop.signal.addEventListener('abort', () => told.splice(0))
    const staying = stay(0)
    stop.abort()
    await staying
    expect(told.filter((what) => what.startsWith('failed'))).toEqual([])
  })

  it('Should tell the others at once how far it has counted', async () => {
    const { fleet, membership, told } = setup()
    await membership.tellCounted(900_000)
    expect(told).toEqual(['beat a closes=900000'])
    expect(fleet.countedUntil()).toBe(900_000)
  })
})
