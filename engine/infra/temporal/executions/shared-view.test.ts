import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import type { RunView } from '../../../definition/run-protocol.ts'
import { createSharedViews } from './shared-view.ts'

const viewOf = (pending_signals: number): RunView => ({
  tasks: {},
  waiting_for: [],
  pending_signals,
})

/** A worker that answers each query when the test says so, the n-th with `pending_signals: n`. */
function busyWorker() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const open: { resolve(): void; reject(error: Error): void }[] = []
  const asked: unknown[] = []
  const views = createSharedViews(({ execId, runId }, request) => {
    const count = asked.push(runId === undefined ? [execId, request] : [execId, runId, request])
    return new Promise((done, reject) => open.push({ resolve: () => done(viewOf(count)), reject }))
  })
  const answer = () => open.shift()!.resolve()
  const fail = (error: Error) => open.shift()!.reject(error)
  return { views, asked, answer, fail }
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('shared views', () => {
  it('Should ask once for all who watch, and once a second', async () => {
    const { views, asked, answer } = busyWorker()
    const crowd = Promise.all(Array.from({ length: 20 }, () => views.get('a', {})))
    await later(0)
    answer()
    expect(new Set((await crowd).map((view) => view.pending_signals))).toEqual(new Set([1]))
    await later(999)
    expect((await views.get('a', {})).pending_signals).toBe(1)
    expect(asked).toHaveLength(1)
    await later(1)
    const second = views.get('a', {})
    await later(0)
    answer()
    expect((await second).pending_signals).toBe(2)
  })

  it('Should answer with the last view and its time while the worker is busy', async () => {
    const { views, asked, answer } = busyWorker()
    const first = views.get('a', {})
    await later(0)
    const asOf = Date.now()
    answer()
    await first
    await later(5_000)
    const crowd = Promise.all([views.get('a', {}), views.get('a', {})])
    await later(500)
    expect((await crowd).map(({ as_of, pending_signals }) => [as_of, pending_signals])).toEqual([
      [asOf, 1],
      [asOf, 1],
    ])
    expect(asked).toHaveLength(2)
  })

  it('Should ask anew a second later, also when the wall clock was set back meanwhile', async () => {
    const { views, answer } = busyWorker()
    const first = views.get('a', {})
    await later(0)
    answer()
    const { askedAt } = await first
    const back = Date.now() - 3_600_000
    vi.setSystemTime(back)
    await later(999)
    expect((await views.get('a', {})).pending_signals).toBe(1)
    await later(1)
    const second = views.get('a', {})
    await later(0)
    answer()
    const view = await second
    expect(view).toMatchObject({ pending_signals: 2, as_of: back + 1_000 })
    expect(view.askedAt).toBeGreaterThan(askedAt)
  })

  it('Should pause longer after a slow answer than after a quick one', async () => {
    const { views, asked, answer } = busyWorker()
    const slow = views.get('a', {})
    await later(3_000)
    answer()
    await slow
    await later(11_999)
    await views.get('a', {})
    expect(asked).toHaveLength(1)
    await later(1)
    void views.get('a', {})
    await later(0)
    expect(asked).toHaveLength(2)
  })

  it('Should ask about one part of a run after another, and about other runs meanwhile', async () => {
    const { views, asked, answer } = busyWorker()
    void views.get('a', {})
    void views.get('a', { task: 'c' })
    void views.get('b', {})
    await later(0)
    expect(asked).toEqual([
      ['a', {}],
      ['b', {}],
    ])
    answer()
    await later(0)
    expect(asked[2]).toEqual(['a', { task: 'c' }])
  })

  it('Should keep the view of a closed run, and not the one from before its close', async () => {
    const { views, asked, answer } = busyWorker()
    for (const [closedRunId, count] of [
      [undefined, 1],
      ['first', 2],
    ] as const) {
      const view = views.get('a', { closedRunId })
      await later(0)
      answer()
      expect((await view).pending_signals).toBe(count)
    }
    await later(3_600_000)
    expect((await views.get('a', { closedRunId: 'first' })).pending_signals).toBe(2)
    expect(asked).toEqual([
      ['a', {}],
      ['a', 'first', {}],
    ])
  })

  it('Should ask for each closed run of one exec_id, and keep the views of both', async () => {
    const { views, asked, answer } = busyWorker()
    for (const [closedRunId, count] of [
      ['first', 1],
      ['reset', 2],
    ] as const) {
      const view = views.get('a', { closedRunId })
      await later(0)
      answer()
      expect((await view).pending_signals).toBe(count)
    }
    expect((await views.get('a', { closedRunId: 'first' })).pending_signals).toBe(1)
    expect((await views.get('a', { closedRunId: 'reset' })).pending_signals).toBe(2)
    expect(asked).toHaveLength(2)
  })

  it('Should throw what failed to all who wait, and not ask again at once', async () => {
    const { views, asked, fail } = busyWorker()
    const crowd = [views.get('a', {}), views.get('a', {})].map((view) =>
      view.catch((e: unknown) => e),
    )
    await later(0)
    const error = new CompozyError('temporal_timeout', 'no worker')
    fail(error)
    expect(await Promise.all(crowd)).toEqual([error, error])
    await expect(views.get('a', {})).rejects.toBe(error)
    expect(asked).toHaveLength(1)
    await later(1_000)
    void views.get('a', {}).catch(() => undefined)
    await later(0)
    expect(asked).toHaveLength(2)
  })

  it('Should let one who gives up leave, without an end to the query of the others', async () => {
    const { views, answer } = busyWorker()
    const leaving = new AbortController()
    const left = views.get('a', { signal: leaving.signal })
    const stayed = views.get('a', {})
    left.catch(() => undefined)
    await later(0)
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'temporal_timeout' })
    answer()
    expect((await stayed).pending_signals).toBe(1)
  })
})
