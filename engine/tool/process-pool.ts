import { CompozyError } from '../core/errors.ts'

/** What a pool needs to know of a process. */
export interface Pooled {
  readonly exited: Promise<unknown>
  /** True when it must not serve another call: its code has changed. */
  readonly isStale: () => boolean
  kill(why: 'idle'): void
}

/** Leave to run one process: a warm one if there is one, else the holder starts one. */
export interface Permit<P> {
  readonly key: string
  readonly warm: P | undefined
}

/** Lends processes out, keeps them warm between calls and never lets more than a number of them live. */
export interface ProcessPool<P> {
  /** Waits for its turn, first come, first served. Aborting leaves the queue with the signal's reason. */
  acquire(key: string, options: { signal: AbortSignal }): Promise<Permit<P>>
  /** Gives a permit back: with a process that lives and may serve again, or without one once it has exited. */
  release(permit: Permit<P>, process?: P): void
  /** Refuses those who wait and those who come, and kills the idle processes. */
  close(): void
}

interface Idle<P> {
  readonly key: string
  readonly process: P
  readonly timer: NodeJS.Timeout
}

interface Waiting<P> {
  readonly key: string
  readonly resolve: (permit: Permit<P>) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal
  readonly onAbort: () => void
}

/**
 * A pool of at most `max` processes. Lent, idle and dying ones all count. A process that nobody asked for during
 * `idleMs` is killed; so is the one unused for longest when another key needs its room.
 */
export function createProcessPool<P extends Pooled>(limits: {
  max: number
  idleMs: number
}): ProcessPool<P> {
  const queue: Waiting<P>[] = []
  const idle: Idle<P>[] = [] // the one unused for longest comes first
  const watched = new WeakSet<P>()
  let lent = 0
  let dying = 0
  let closed = false

  const forget = (entry: Idle<P>): boolean => {
    const index = idle.indexOf(entry)
    if (index < 0) return false
    clearTimeout(entry.timer)
    idle.splice(index, 1)
    return true
  }

  const discard = (entry: Idle<P>) => {
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
        // Room comes with the exit of a dying process, or of the idle one that is made to die now.
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
    const entry: Idle<P> = { key, process, timer }
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
        if (closed) throw new CompozyError('unavailable', 'the tools of this process are stopping')
        const onAbort = () => {
          queue.splice(queue.indexOf(waiting), 1)
          reject(signal.reason)
          serve()
        }
        const waiting: Waiting<P> = { key, resolve, reject, signal, onAbort }
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
        reject(new CompozyError('unavailable', 'the tools of this process are stopping'))
      }
      while (idle[0] !== undefined) discard(idle[0])
    },
  }
}
