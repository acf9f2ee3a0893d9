import { CompozyError } from '../../core/errors.ts'

/** A process as the pool sees it. */
export interface PoolProcess {
  readonly exited: Promise<unknown>
  /** Reports whether it must not serve another call: old code, or little memory left. */
  readonly isStale: () => boolean
  kill(why: 'idle'): void
}

/** Permission to run one process: `warm` if one was idle, else the holder starts one. */
export interface Permit<P> {
  readonly key: string
  readonly warm: P | undefined
}

/** Lends processes, keeps them warm between calls and bounds how many live at a time. */
export interface ProcessPool<P> {
  /** Waits for a permit, first come, first served. Aborting rejects with the signal's reason. */
  acquire(key: string, options: { signal: AbortSignal }): Promise<Permit<P>>
  /** Returns a permit, with the process if it lives and may serve again. */
  release(permit: Permit<P>, process?: P): void
  /** Rejects waiting and later callers with `unavailable` and kills the idle processes. */
  close(): void
}

interface IdleProcess<P> {
  readonly key: string
  readonly process: P
  readonly timer: NodeJS.Timeout
}

interface PoolWaiter<P> {
  readonly key: string
  readonly resolve: (permit: Permit<P>) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal
  readonly onAbort: () => void
}

/**
 * Creates a pool of at most `max` processes; lent, idle and dying ones all count. A process that is
 * idle for `idleMs` is killed. So is the least recently used one when another key needs its place.
 */
export function createProcessPool<P extends PoolProcess>(limits: {
  max: number
  idleMs: number
}): ProcessPool<P> {
  const queue: PoolWaiter<P>[] = []
  const idle: IdleProcess<P>[] = [] // least recently used first
  const watched = new WeakSet<P>()
  let lent = 0
  let dying = 0
  let closed = false

  const forget = (entry: IdleProcess<P>): boolean => {
    const index = idle.indexOf(entry)
    if (index < 0) return false
    clearTimeout(entry.timer)
    idle.splice(index, 1)
    return true
  }

  const discard = (entry: IdleProcess<P>) => {
    if (!forget(entry)) return
    dying++
    entry.process.kill('idle')
    const onExit = () => {
      dying--
      serve()
    }
    void entry.process.exited.then(onExit)
  }

  const warm = (key: string): P | undefined => {
    for (const entry of idle.filter((candidate) => candidate.key === key).reverse()) {
      if (entry.process.isStale()) {
        discard(entry)
        continue
      }
      forget(entry)
      return entry.process
    }
    return undefined
  }

  const serve = () => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const process = warm(next.key)
      if (process === undefined && lent + idle.length + dying >= limits.max) {
        // A place becomes free when a dying process exits; kill an idle one if none is dying.
        if (dying === 0 && idle[0] !== undefined) discard(idle[0])
        return
      }
      queue.shift()
      next.signal.removeEventListener('abort', next.onAbort)
      lent++
      next.resolve({ key: next.key, warm: process })
    }
  }

  const keep = (key: string, process: P) => {
    const timer = setTimeout(() => discard(entry), limits.idleMs).unref()
    const entry: IdleProcess<P> = { key, process, timer }
    idle.push(entry)
    if (watched.has(process)) return
    watched.add(process)
    const onExit = () => {
      const gone = idle.find((candidate) => candidate.process === process)
      if (gone !== undefined && forget(gone)) serve()
    }
    void process.exited.then(onExit)
  }

  return {
    acquire: (key, { signal }) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        if (closed)
          throw new CompozyError(
            'unavailable',
            'this process is stopping its tools; try again on another one',
          )
        const onAbort = () => {
          queue.splice(queue.indexOf(waiting), 1)
          reject(signal.reason)
          serve()
        }
        const waiting: PoolWaiter<P> = { key, resolve, reject, signal, onAbort }
        signal.addEventListener('abort', onAbort, { once: true })
        queue.push(waiting)
        serve()
      }),

    release(permit, process) {
      lent--
      if (process !== undefined && !closed) keep(permit.key, process)
      serve()
    },

    close() {
      closed = true
      for (const { reject, signal, onAbort } of queue.splice(0)) {
        signal.removeEventListener('abort', onAbort)
        reject(
          new CompozyError(
            'unavailable',
            'this process is stopping its tools; try again on another one',
          ),
        )
      }
      while (idle[0] !== undefined) discard(idle[0])
    },
  }
}
