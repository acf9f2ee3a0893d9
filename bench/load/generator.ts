/**
 * A load generator in a separate process. Its parent sends jobs over IPC and gets one answer for
 * each: how long each request took, from the time it was to be sent, and how many failed.
 */
import { connect, type Socket } from 'node:net'

/** Requests in a closed loop: each connection sends the next when it has its answer. */
export interface ClosedJob {
  readonly kind: 'closed'
  readonly port: number
  readonly count: number
  /** Whole requests as they are sent, in turn. */
  readonly requests: readonly string[]
}

/**
 * Requests at a constant rate; each goes to the port that `targets` names for
 * it.
 */
export interface OpenJob {
  readonly kind: 'open'
  readonly ports: readonly number[]
  /** For each request the index of its port. */
  readonly targets: readonly number[]
  /** For each request the index of its bytes. */
  readonly mix: readonly number[]
  /** Whole requests as they are sent. */
  readonly requests: readonly string[]
  readonly perSecond: number
}

/** What came of a job. */
export interface LoadAnswer {
  /** Milliseconds of each request; NaN where it failed. */
  readonly latencies: readonly number[]
  readonly failed: number
  /** Statuses of the answers that failed; 0 stands for a closed connection. */
  readonly statuses: readonly number[]
}

const connectionsPerPort = 16

interface Connection {
  readonly socket: Socket
  received: string
  /** Status of the answer; 0 where the connection was closed instead. */
  onAnswer: (status: number) => void
}

/** A keep-alive connection that reads one answer at a time by its content-length. */
function open(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    const connection: Connection = { socket, received: '', onAnswer: () => undefined }
    socket.setEncoding('latin1')
    socket.once('connect', () => resolve(connection))
    socket.once('error', reject)
    socket.once('close', () => connection.onAnswer(0))
    socket.on('data', (chunk: string) => {
      connection.received += chunk
      const head = connection.received.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(connection.received)?.[1] ?? 0)
      if (connection.received.length < head + 4 + length) return
      const status = Number(connection.received.slice(9, 12))
      connection.received = ''
      connection.onAnswer(status)
    })
  })
}

/**
 * Sends a request; a connection that was closed while it rested answers at once, as one that closes
 * now would.
 */
function send({ socket, onAnswer }: Connection, bytes: string): void {
  if (socket.destroyed) onAnswer(0)
  else socket.write(bytes)
}

const pools = new Map<number, Promise<Connection[]>>()

function poolOf(port: number): Promise<Connection[]> {
  let pool = pools.get(port)
  if (pool === undefined) {
    pool = Promise.all(Array.from({ length: connectionsPerPort }, () => open(port)))
    pools.set(port, pool)
  }
  return pool
}

async function closed({ port, count, requests }: ClosedJob): Promise<LoadAnswer> {
  const pool = await poolOf(port)
  let sent = 0
  let answered = 0
  const statuses: number[] = []
  await new Promise<void>((resolve) => {
    for (const connection of pool) {
      const next = (): void => {
        if (sent >= count) return
        send(connection, requests[sent++ % requests.length]!)
      }
      connection.onAnswer = (status) => {
        if (status < 200 || status >= 300) statuses.push(status)
        if (++answered === count) resolve()
        else next()
      }
      next()
    }
  })
  return { latencies: [], failed: statuses.length, statuses }
}

async function openLoop({
  ports,
  targets,
  mix,
  requests,
  perSecond,
}: OpenJob): Promise<LoadAnswer> {
  // The one that rested longest goes first: a server closes what rests for too long.
  const idle = await Promise.all(ports.map(async (port) => [...(await poolOf(port))]))
  const waiting = ports.map(() => [] as (() => void)[])
  const latencies: number[] = Array.from({ length: targets.length }, () => NaN)
  const statuses: number[] = []
  let answered = 0
  const startedAt = performance.now() + 5
  const intended = (i: number): number => startedAt + (i * 1_000) / perSecond
  await new Promise<void>((resolve) => {
    const sendNext = (i: number): void => {
      const target = targets[i]!
      const connection = idle[target]!.shift()
      if (connection === undefined) {
        waiting[target]!.push(() => sendNext(i))
        return
      }
      connection.onAnswer = (status) => {
        connection.onAnswer = () => undefined
        latencies[i] = performance.now() - intended(i)
        if (status < 200 || status >= 400) statuses.push(status)
        idle[target]!.push(connection)
        waiting[target]!.shift()?.()
        if (++answered === targets.length) resolve()
      }
      send(connection, requests[mix[i]!]!)
    }
    let next = 0
    // Polls instead of sleeping: a timer of Node's comes up to a millisecond late.
    const poll = (): void => {
      while (next < targets.length && performance.now() >= intended(next)) sendNext(next++)
      if (next < targets.length) setImmediate(poll)
    }
    poll()
  })
  return { latencies, failed: statuses.length, statuses }
}

process.on('message', (job: ClosedJob | OpenJob) => {
  const work = job.kind === 'closed' ? closed(job) : openLoop(job)
  void work.then((answer) => process.send!(answer))
})
process.on('disconnect', () => process.exit(0))
