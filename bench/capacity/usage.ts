import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second. */
const msPerTick = 10

/** What some processes have used so far. */
export interface Usage {
  /** CPU time of the processes, ms. */
  readonly cpuMs: number
  /** CPU time of each of their threads, ms. */
  readonly threads: ReadonlyMap<string, number>
  /** Resident memory now, MB. */
  readonly rssMb: number
  /** CPU time of the processes that they started, ended ones included, ms. */
  readonly childrenCpuMs: number
  /** Resident memory of those, MB. */
  readonly childrenRssMb: number
}

/** The numbers of a process after its name; `fields[11]` is its user time. */
function statOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').map(Number)
}

function rssMbOf(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kb ?? 0) / 1_024
}

/** A process may end while the list of all is read. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => orUndefined(() => statOf(other)[1]) === pid)
}

function threadsOf(pid: number): [string, number][] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = orUndefined(() => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
    return text === undefined ? [] : [[`${pid}/${thread}`, Number(text.split(' ')[0]) / 1e6]]
  })
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Reads what these processes and their children have used. Linux only. */
export function usageOfAll(pids: readonly number[]): Usage {
  const own = pids.map(statOf)
  const children = pids.flatMap(childrenOf)
  const living = children.map((pid) => orUndefined(() => statOf(pid)) ?? [])
  const cpuOf = (fields: readonly number[], user: number): number =>
    ((fields[user] ?? 0) + (fields[user + 1] ?? 0)) * msPerTick
  return {
    cpuMs: sum(own.map((fields) => cpuOf(fields, 11))),
    threads: new Map(pids.flatMap(threadsOf)),
    rssMb: sum(pids.map(rssMbOf)),
    childrenCpuMs:
      sum(living.map((fields) => cpuOf(fields, 11))) + sum(own.map((fields) => cpuOf(fields, 13))),
    childrenRssMb: sum(children.map((pid) => orUndefined(() => rssMbOf(pid)) ?? 0)),
  }
}

/** CPU time that the busiest thread used between two readings, ms. */
export function busiestThreadMs(before: Usage, after: Usage): number {
  const used = [...after.threads].map(([thread, ms]) => ms - (before.threads.get(thread) ?? 0))
  return Math.max(0, ...used)
}
