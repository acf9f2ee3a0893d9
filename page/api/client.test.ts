import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { get, getAll, send } from './client.ts'
import { readDeadlineMs } from './deadline.ts'
import { streamEvents } from './event-stream.ts'
import { explain } from './problem.ts'

/** Rejects as fetch does once its signal ends it. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  )

/** Answers `value` after so many ms, unless its signal ends it before. */
const after = <T>(ms: number, value: T, signal: AbortSignal): Promise<T> =>
  Promise.race([
    new Promise<T>((resolve) => {
      setTimeout(resolve, ms, value)
    }),
    untilAborted(signal),
  ])

const answers = (body: () => Promise<unknown>) => ({ ok: true, status: 200, json: body })
const never = new AbortController().signal

/** Makes `fetch` answer like this. */
function serve(answer: (signal: AbortSignal, path: string) => unknown): void {
  vi.stubGlobal('fetch', async (path: string, { signal = never }: { signal?: AbortSignal }) =>
    answer(signal, path),
  )
}

/** Returns what a person is told, or undefined while the page still waits. */
async function toldAfter(ms: number, read: () => Promise<unknown>): Promise<unknown> {
  let told: unknown
  void read().then(
    (value) => void (told = value),
    (error: unknown) => void (told = explain(error)),
  )
  await vi.advanceTimersByTimeAsync(ms)
  return told
}

/**
 * Returns a function for the deadlines that began since and that nothing has cleared. Other timers
 * do not count: Node's own `fetch` sets some after a test of another file has ended.
 */
function watchDeadlines(): () => readonly unknown[] {
  const begun = vi.spyOn(globalThis, 'setTimeout')
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  return () => {
    const ended = new Set<unknown>(cleared.mock.calls.map(([timer]) => timer))
    return begun.mock.results
      .filter((_, call) => begun.mock.calls[call]![1] === readDeadlineMs)
      .map(({ value }) => value as unknown)
      .filter((timer) => !ended.has(timer))
  }
}

describe('a read of the API', () => {
  let openDeadlines: () => readonly unknown[]
  beforeEach(() => {
    vi.useFakeTimers()
    openDeadlines = watchDeadlines()
    vi.stubGlobal('sessionStorage', { getItem: () => null })
  })
  afterEach(() => {
    expect(openDeadlines()).toEqual([])
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it.each([
    ['head', untilAborted],
    ['body', (signal: AbortSignal) => answers(() => untilAborted(signal))],
    [
      'rest of the body',
      (signal: AbortSignal) =>
        answers(() =>
          untilAborted(signal).catch(() => {
            throw new DOMException('The operation was aborted', 'AbortError')
          }),
        ),
    ],
    [
      'problem',
      (signal: AbortSignal) => ({ ok: false, status: 503, json: () => untilAborted(signal) }),
    ],
  ])('Should end at the deadline where the %s never comes', async (part, answer) => {
    serve(answer)
    expect(await toldAfter(readDeadlineMs - 1, () => get('/workflows'))).toBeUndefined()
    const words = part === 'problem' ? 'the server answered 503' : 'The server does not answer.'
    expect(await toldAfter(readDeadlineMs, () => get('/workflows'))).toBe(words)
  })

  it('Should have the words of a server that cannot be reached', async () => {
    serve(() => {
      throw new TypeError('Failed to fetch')
    })
    expect(await toldAfter(0, () => get('/workflows'))).toBe('The server does not answer.')
  })

  it('Should be answered late, but before the deadline', async () => {
    serve((signal) =>
      after(
        readDeadlineMs - 1,
        answers(async () => 'here'),
        signal,
      ),
    )
    expect(await toldAfter(readDeadlineMs, () => get('/workflows', never))).toBe('here')
  })

  it('Should give each page of a list its own deadline', async () => {
    serve((signal, path) => {
      const next_cursor = path.includes('cursor=') ? null : 'b'
      const page = { items: [path.length], next_cursor }
      return after(
        readDeadlineMs - 1,
        answers(async () => page),
        signal,
      )
    })
    const read = () => getAll('/workflows?limit=1', never)
    expect(await toldAfter(2 * readDeadlineMs, read)).toHaveLength(2)
  })

  it.each([
    ['before', true],
    ['while', false],
  ])('Should end with its view, which left %s it reads', async (_, isEarly) => {
    const view = new AbortController()
    serve((signal) =>
      signal.aborted ? Promise.reject(signal.reason as Error) : untilAborted(signal),
    )
    if (isEarly) view.abort(new Error('left'))
    else setTimeout(() => view.abort(new Error('left')), 5)
    expect(await toldAfter(5, () => get('/workflows', view.signal))).toBe('left')
  })
})

describe('what has no deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('sessionStorage', { getItem: () => null })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('Should be a stream of events, which may be quiet', async () => {
    serve(async (signal) => {
      const reader = {
        isDone: false,
        async read() {
          if (this.isDone) return { done: true, value: undefined }
          this.isDone = true
          const value = new TextEncoder().encode('event: end\ndata: {}\n\n')
          return after(3 * readDeadlineMs, { done: false, value }, signal)
        },
      }
      return { ok: true, status: 200, body: { getReader: () => reader } }
    })
    const read = async () => {
      const events = []
      for await (const event of streamEvents('/executions/workflows/x/events', never))
        events.push(event)
      return events
    }
    expect(await toldAfter(4 * readDeadlineMs, read)).toEqual([{ event: 'end', data: '{}' }])
  })

  it('Should be a change: it may have been made', async () => {
    serve((signal) =>
      after(
        2 * readDeadlineMs,
        answers(async () => 'sent'),
        signal,
      ),
    )
    expect(await toldAfter(3 * readDeadlineMs, () => send('/events', {}))).toBe('sent')
  })
})
