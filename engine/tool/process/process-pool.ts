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
  /**
   * Waits for a permit, first come, first served; the first in line lets a few pass that an idle
   * process can serve. Aborting rejects with the signal's reason.
   */
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
  /** `onWaiting(1)` has been called for it. */
  isCounted: boolean
}

/**
 * How many the first in line lets pass, and for how long, ms, before a process of another key is
 * killed for it. Starting a process costs some 200 ms of CPU, a call about one: strictly in order,
 * calls of more tools than there are processes would only start processes.
 */
export const patience = { calls: 20, ms: 500 } as const

/**
 * Creates a pool of at most `max` processes; lent, idle and dying ones all count. A process that is
 * idle for `idleMs` is killed. So is one of the key with most processes, the least recently used,
 * when another key needs its place and has waited with {@link patience}.
 */
export function createProcessPool<P extends PoolProcess>(limits: {
  max: number
  idleMs: number
  /** Called when somebody begins to wait for a process (1), and when they no longer do (-1). */
  onWaiting?: ((change: 1 | -1) => void) | undefined
  /** A clock in ms, for tests. */
  now?: () => number
}): ProcessPool<P> {
  const { now = () => performance.now(), onWaiting = () => undefined } = limits
  const queue: PoolWaiter<P>[] = []
  const idle: IdleProcess<P>[] = [] // least recently used first
  const watched = new WeakSet<P>()
  /** Keys of the lent processes, once for each. */
  const lentKeys = new Map<string, number>()
  let lent = 0
  let dying = 0
  let closed = false
  let waking: NodeJS.Timeout | undefined
  /** The first in line, since when it has been, and how many have passed it. */
  let first: { readonly waiter: PoolWaiter<P>; readonly since: number; passed: number } | undefined

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

  const countLent = (key: string, more: number) => {
    lent += more
    const count = (lentKeys.get(key) ?? 0) + more
    if (count === 0) lentKeys.delete(key)
    else lentKeys.set(key, count)
  }

  const livingOf = (key: string): number =>
    (lentKeys.get(key) ?? 0) + idle.filter((entry) => entry.key === key).length

  /** Kills an idle process of the key with most processes, the least recently used. */
  const discardSpare = () => {
    const most = Math.max(...idle.map(({ key }) => livingOf(key)))
    const spare = idle.find(({ key }) => livingOf(key) === most)
    if (spare !== undefined) discard(spare)
  }

  const leaveQueue = (waiter: PoolWaiter<P>) => {
    queue.splice(queue.indexOf(waiter), 1)
    waiter.signal.removeEventListener('abort', waiter.onAbort)
    if (waiter.isCounted) onWaiting(-1)
  }

  const lend = (waiter: PoolWaiter<P>, process: P | undefined) => {
    leaveQueue(waiter)
    countLent(waiter.key, 1)
    waiter.resolve({ key: waiter.key, warm: process })
  }

  /** Whether a process of its own comes back: killing another would only move the shortage. */
  const isServed = (key: string): boolean => {
    const own = livingOf(key)
    return own > 0 && idle.every((entry) => livingOf(entry.key) <= own + 1)
  }

  /** Whether the first in line, which no process is free for, still lets others go first. */
  const isPatient = (waiter: PoolWaiter<P>): boolean => {
    if (first?.waiter !== waiter) first = { waiter, since: now(), passed: 0 }
    const { since, passed } = first
    return now() - since < patience.ms && (passed < patience.calls || isServed(waiter.key))
  }

  /** Lends an idle process to the first behind the head of the line that it can serve. */
  const letPass = (): boolean => {
    for (const other of queue) {
      const process = warm(other.key)
      if (process === undefined) continue
      first!.passed++
      lend(other, process)
      return true
    }
    return false
  }

  const serve = () => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const process = warm(next.key)
      if (process !== undefined || lent + idle.length + dying < limits.max) {
        lend(next, process)
        continue
      }
      const patient = isPatient(next)
      if (patient && letPass()) continue
      if (patient && isServed(next.key)) wakeLater()
      else if (dying === 0) discardSpare()
      // A place becomes free when a dying process exits.
      return
    }
  }

  const wakeLater = () => {
    const wake = () => {
      waking = undefined
      serve()
    }
    waking ??= setTimeout(wake, first!.since + patience.ms - now()).unref()
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
          leaveQueue(waiting)
          reject(signal.reason)
          serve()
        }
        const waiting: PoolWaiter<P> = { key, resolve, reject, signal, onAbort, isCounted: false }
        signal.addEventListener('abort', onAbort, { once: true })
        queue.push(waiting)
        serve()
        if (!queue.includes(waiting)) return
        waiting.isCounted = true
        onWaiting(1)
      }),

    release(permit, process) {
      countLent(permit.key, -1)
      if (process !== undefined && !closed) keep(permit.key, process)
      serve()
    },

    close() {
      closed = true
      clearTimeout(waking)
      for (let waiter = queue[0]; waiter !== undefined; waiter = queue[0]) {
        leaveQueue(waiter)
        waiter.reject(
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
