import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionStatus } from '../../../executions.ts'
import type { LogPage, PlacedLine } from '../../../run-logs.ts'
import { followLogs } from './follow-logs.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const placed: PlacedLine = {
  cursor: 'after',
  line: { at: 0, task: 't', attempt: 1, tool: 'x', stream: 'info', text: 'cleaned up' },
}

/**
 * Follows a run whose last line reaches the disk `lateMs` after its close, which was `ageMs` ago.
 * Returns what the follower gets, and how long it waits for it in ms.
 */
async function follow(status: ExecutionStatus, lateMs: number, ageMs = 0) {
  const start = performance.now()
  let printed = false
  const read = async (): Promise<LogPage> => {
    vi.advanceTimersByTime(600)
    const lines = !printed && performance.now() - start > lateMs ? [placed] : []
    printed ||= lines.length > 0
    return { lines, more: false, cursor: 'c' }
  }
  const closed_at = new Date(Date.now() - ageMs).toISOString()
  const closed = Promise.resolve({ status, closed_at })
  const news: string[] = []
  const signal = new AbortController().signal
  for await (const each of followLogs({ read, tail: read }, { execId: 'r', closed }, signal))
    if (each.type !== 'quiet') news.push(each.type)
  return { news, waitedMs: performance.now() - start }
}

describe('following the log of a run that closes', () => {
  it.each(['canceled', 'terminated', 'timed_out'] as const)(
    'Should show what a tool prints after its run was %s',
    async (status) => {
      expect((await follow(status, 2_500)).news).toEqual(['lines', 'end'])
    },
  )

  it('Should end soon after a run whose tools have all ended', async () => {
    expect((await follow('completed', 2_500)).news).toEqual(['end'])
    expect((await follow('failed', 2_500)).news).toEqual(['end'])
    expect((await follow('completed', 0)).news).toEqual(['lines', 'end'])
  })

  it('Should end soon for a run that was canceled long ago', async () => {
    const old = await follow('canceled', 60_000, 3_600_000)
    const young = await follow('canceled', 60_000)
    expect([old.news, young.news]).toEqual([['end'], ['end']])
    expect(old.waitedMs).toBeLessThan(young.waitedMs)
  })
})
