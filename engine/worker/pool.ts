import type { Logger } from '../core/logger.ts'
import { sleep } from '../core/time/sleep.ts'

/** The part of a Temporal worker that supervision needs. */
export interface SupervisedWorker {
  getState(): string
  run(): Promise<void>
  shutdown(): void
}

/**
 * A worker on a connection of its own; `close` releases the connection once the worker has ended.
 */
export interface WorkerHandle {
  readonly worker: SupervisedWorker
  close(): Promise<void>
}

/** Options of a pool. */
export interface WorkerPoolOptions {
  /** How many workers to run; 0 runs none. */
  readonly count: number
  /** Connects and creates one worker; called again for each replacement. */
  readonly create: (options: { signal: AbortSignal }) => Promise<WorkerHandle>
  readonly logger: Logger
  /** How often the states are checked, ms. */
  readonly watchIntervalMs?: number
  /** First and longest pause before a dead worker is replaced, ms; it doubles in between. */
  readonly backoffMs?: { readonly first: number; readonly longest: number }
}

/** Workers that are kept alive. */
export interface WorkerPool {
  /**
   * Starts the workers; resolves when every one of them polls. Failures are retried until `stop`.
   */
  start(): Promise<void>
  /** Returns how many workers should run. */
  configured(): number
  /** Returns how many workers poll now, by their own state. */
  running(): number
  /**
   * Lets running tasks finish; resolves when all workers have stopped and their connections are
   * closed. A worker that fails meanwhile neither delays nor rejects it.
   */
  stop(): Promise<void>
}

interface Slot {
  readonly index: number
  handle?: WorkerHandle
  ended?: Promise<void>
  failures: number
}

/**
 * Keeps `count` workers alive. Checks the state of a worker, never its `run()` promise: the promise
 * of a failed worker may never settle, or hide the true error, which the SDK logs as "Worker
 * failed".
 */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { count, create, logger, watchIntervalMs = 1_000 } = options
  const { first, longest } = options.backoffMs ?? { first: 1_000, longest: 30_000 }
  const slots: Slot[] = Array.from({ length: count }, (_, index) => ({ index, failures: 0 }))
  const stopping = new AbortController()
  const replacing = new Set<Promise<void>>()
  let watchdog: NodeJS.Timeout | undefined

  async function fill(slot: Slot): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const handle = await create({ signal: stopping.signal })
        slot.handle = handle
        slot.ended = handle.worker.run().then(
          () => undefined,
          (error: unknown) => {
            logger.error(
              { worker: slot.index, err: error },
              'a Temporal worker ended with an error',
            )
          },
        )
        if (stopping.signal.aborted) handle.worker.shutdown()
        return
      } catch (error) {
        if (stopping.signal.aborted) return
        const wait = Math.min(first * 2 ** slot.failures++, longest)
        logger.warn(
          { worker: slot.index, retry_in_ms: wait, err: error },
          'a Temporal worker failed to start; retrying',
        )
        await sleep(wait, stopping.signal)
      }
    }
  }

  function isDead(slot: Slot): boolean {
    const state = slot.handle?.worker.getState()
    return state === 'FAILED' || state === 'STOPPED'
  }

  /** Closes a connection. One that a dead worker was never released from refuses to close. */
  async function close(slot: Slot, handle: WorkerHandle): Promise<void> {
    try {
      await handle.close()
    } catch (error) {
      const fields = { worker: slot.index, err: error }
      logger.debug(fields, 'the connection of a Temporal worker did not close')
    }
  }

  async function replace(slot: Slot, dead: WorkerHandle): Promise<void> {
    delete slot.handle
    const wait = Math.min(first * 2 ** slot.failures++, longest)
    logger.error({ worker: slot.index, retry_in_ms: wait }, 'a Temporal worker died; replacing it')
    void close(slot, dead)
    await sleep(wait, stopping.signal)
    await fill(slot)
  }

  /** Waits until a worker has ended: by its promise, or by its state when it fails on the way. */
  async function waitUntilEnded({ handle, ended }: Slot): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const failed = new Promise<void>((resolve) => {
      const check = () => handle?.worker.getState() === 'FAILED' && resolve()
      timer = setInterval(check, watchIntervalMs)
      check()
    })
    await Promise.race([ended, failed])
    clearInterval(timer)
  }

  async function stopSlot(slot: Slot): Promise<void> {
    const { handle } = slot
    if (handle === undefined) return
    if (handle.worker.getState() === 'RUNNING') handle.worker.shutdown()
    await waitUntilEnded(slot)
    await close(slot, handle)
  }

  function watch(): void {
    for (const slot of slots) {
      if (slot.handle?.worker.getState() === 'RUNNING') slot.failures = 0
      if (slot.handle === undefined || !isDead(slot)) continue
      const work = replace(slot, slot.handle).finally(() => replacing.delete(work))
      replacing.add(work)
    }
  }

  return {
    async start() {
      await Promise.all(slots.map(fill))
      if (count > 0 && !stopping.signal.aborted)
        watchdog = setInterval(watch, watchIntervalMs).unref()
    },
    configured: () => count,
    running: () => slots.filter((slot) => slot.handle?.worker.getState() === 'RUNNING').length,
    async stop() {
      stopping.abort()
      clearInterval(watchdog)
      await Promise.all(replacing)
      await Promise.all(slots.map(stopSlot))
    },
  }
}
