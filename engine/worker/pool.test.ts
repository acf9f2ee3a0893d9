import { afterEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../core/logger.ts'
import { createWorkerPool, type WorkerPool } from './pool.ts'

/** A worker whose state the test sets; `run` settles only when the test says so. */
function fakeWorker() {
  let resolve!: () => void
  let reject!: (error: Error) => void
  const promise = new Promise<void>((done, fail) => ([resolve, reject] = [done, fail]))
  const worker = {
    state: 'INITIALIZED',
    /** Whether its connection refuses to close. */
    isHeld: false,
    /** Whether its tasks go on after `shutdown`. */
    drains: false,
    getState: () => worker.state,
    run: () => {
      worker.state = 'RUNNING'
      return promise
    },
    shutdown: () => {
      worker.state = worker.drains ? 'DRAINING' : 'STOPPED'
      if (worker.drains) return
      resolve()
    },
    end: resolve,
    fail: reject,
  }
  return worker
}

const backoffMs = { first: 1_000, longest: 4_000 }

describe('createWorkerPool', () => {
  let pool: WorkerPool | undefined
  afterEach(async () => {
    await pool?.stop()
    vi.useRealTimers()
  })

  function start(count: number, failFirst = 0) {
    vi.useFakeTimers()
    const workers: ReturnType<typeof fakeWorker>[] = []
    const closed: number[] = []
    let attempts = 0
    const created = createWorkerPool({
      count,
      backoffMs,
      logger: silentLogger,
      create: async () => {
        if (attempts++ < failFirst) throw new Error('connection refused')
        const index = workers.push(fakeWorker()) - 1
        const close = async () => {
          if (workers[index]!.isHeld)
            throw new Error('Cannot close connection while Workers hold it')
          closed.push(index)
        }
        return { worker: workers[index]!, close }
      },
    })
    pool = created
    return { pool: created, workers, closed, attempts: () => attempts }
  }

  it('Should run as many workers as are configured and close every connection at the end', async () => {
    const { pool, closed } = start(3)
    await pool.start()
    expect([pool.configured(), pool.running()]).toEqual([3, 3])
    await pool.stop()
    expect(pool.running()).toBe(0)
    expect(closed.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
  })

  it('Should do nothing where no worker is configured', async () => {
    const { pool, attempts } = start(0)
    await pool.start()
    expect([pool.configured(), pool.running(), attempts()]).toEqual([0, 0, 0])
  })

  it('Should show a dead worker at once and replace it after a pause, though its promise never settles', async () => {
    const { pool, workers, closed } = start(2)
    await pool.start()
    workers[0]!.state = 'FAILED'
    expect(pool.running()).toBe(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(workers).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(workers).toHaveLength(3)
    expect([pool.running(), closed]).toEqual([2, [0]])
  })

  it('Should keep trying while the server is unreachable, with growing pauses', async () => {
    const { pool, attempts } = start(1, 3)
    const started = pool.start()
    await vi.advanceTimersByTimeAsync(999)
    expect(attempts()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(attempts()).toBe(2)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(attempts()).toBe(3)
    await vi.advanceTimersByTimeAsync(4_000)
    await started
    expect([attempts(), pool.running()]).toEqual([4, 1])
  })

  it('Should stop while it still tries to start', async () => {
    const { pool } = start(1, 99)
    const started = pool.start()
    await pool.stop()
    await started
    expect(pool.running()).toBe(0)
  })

  it('Should stop although a worker is dead and its promise never settles', async () => {
    const { pool, workers } = start(1)
    await pool.start()
    workers[0]!.state = 'FAILED'
    await pool.stop()
    expect(pool.running()).toBe(0)
  })

  it('Should stop although the connection of a dead worker refuses to close', async () => {
    const { pool, workers, closed } = start(2)
    await pool.start()
    Object.assign(workers[0]!, { state: 'FAILED', isHeld: true })
    await pool.stop()
    expect([pool.running(), closed]).toEqual([0, [1]])
  })

  it('Should stop although a worker fails while it drains and its promise never settles', async () => {
    const { pool, workers, closed } = start(2)
    await pool.start()
    workers[0]!.drains = true
    let isStopped = false
    const stopped = pool.stop().then(() => (isStopped = true))
    await vi.advanceTimersByTimeAsync(5_000)
    expect([isStopped, closed]).toEqual([false, [1]])
    workers[0]!.state = 'FAILED'
    await vi.advanceTimersByTimeAsync(1_000)
    expect([isStopped, closed]).toEqual([true, [1, 0]])
    await stopped
    expect(vi.getTimerCount()).toBe(0)
  })

  it('Should wait for the tasks of a worker that drains', async () => {
    const { pool, workers, closed } = start(1)
    await pool.start()
    workers[0]!.drains = true
    const stopped = pool.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(closed).toEqual([])
    workers[0]!.end()
    await stopped
    expect(closed).toEqual([0])
  })
})
