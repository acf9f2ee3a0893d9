import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createProcessPool, patience, type Permit } from './process-pool.ts'

/** A process that exits when the test says so. */
function fakeProcess() {
  let exit: () => void = () => undefined
  const exited = new Promise<void>((resolve) => (exit = resolve))
  const state = { stale: false, killed: 0 }
  return { exited, exit, state, isStale: () => state.stale, kill: () => void state.killed++ }
}
type Fake = ReturnType<typeof fakeProcess>

const never = new AbortController().signal
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A pool, and a list of the keys in the order in which they got their turn. */
function poolOf(max: number, idleMs = 60_000) {
  const clock = { ms: 0 }
  const told: number[] = []
  const onWaiting = (change: 1 | -1): void => void told.push(change)
  const pool = createProcessPool<Fake>({ max, idleMs, now: () => clock.ms, onWaiting })
  const served: string[] = []
  const permits = new Map<string, Permit<Fake>>()
  const ask = (key: string, signal: AbortSignal = never, name = key) =>
    pool.acquire(key, { signal }).then((permit) => {
      served.push(name)
      permits.set(name, permit)
      return permit
    })
  const giveBack = (name: string, process?: Fake) => pool.release(permits.get(name)!, process)
  return { pool, served, permits, clock, told, ask, giveBack }
}

describe('a pool', () => {
  it('Should let no more than its number run, and serve those who wait in their order', async () => {
    const { served, ask, giveBack } = poolOf(2)
    for (const key of ['a', 'b', 'c', 'd', 'e']) void ask(key)
    await turn()
    expect(served).toEqual(['a', 'b'])
    giveBack('b')
    await turn()
    expect(served).toEqual(['a', 'b', 'c'])
    giveBack('a')
    giveBack('c')
    await turn()
    expect(served).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('Should tell of those who wait, and that they no longer do: served, given up or refused', async () => {
    const { pool, told, ask, giveBack } = poolOf(1)
    await ask('a')
    expect(told).toEqual([])
    const served = ask('b')
    const giveUp = new AbortController()
    const givenUp = ask('c', giveUp.signal)
    const refused = ask('d')
    expect(told.splice(0)).toEqual([1, 1, 1])
    giveBack('a')
    await served
    expect(told.splice(0)).toEqual([-1])
    giveUp.abort(new Error('enough'))
    await expect(givenUp).rejects.toThrow('enough')
    expect(told.splice(0)).toEqual([-1])
    pool.close()
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' })
    await expect(ask('e')).rejects.toMatchObject({ code: 'unavailable' })
    expect(told).toEqual([-1])
  })

  it('Should hand a warm process to its own key only, the one used last first', async () => {
    const { ask, giveBack } = poolOf(3)
    const [one, two] = [fakeProcess(), fakeProcess()]
    await Promise.all([ask('a', never, 'a1'), ask('a', never, 'a2')])
    giveBack('a1', one)
    giveBack('a2', two)
    expect((await ask('b')).warm).toBeUndefined()
    expect((await ask('a')).warm).toBe(two)
    expect((await ask('a')).warm).toBe(one)
  })

  it('Should make room by killing the idle process unused for longest, and wait for its end', async () => {
    const { served, ask, giveBack } = poolOf(2)
    const [old, young] = [fakeProcess(), fakeProcess()]
    await Promise.all([ask('a'), ask('b')])
    giveBack('a', old)
    giveBack('b', young)
    void ask('c')
    await turn()
    expect([old.state.killed, young.state.killed]).toEqual([1, 0])
    expect(served).toEqual(['a', 'b'])
    old.exit()
    await turn()
    expect(served).toEqual(['a', 'b', 'c'])
    expect((await ask('b')).warm).toBe(young)
  })

  it('Should let a few pass whom an idle process serves, then make room for the first in line', async () => {
    const { served, ask, giveBack } = poolOf(1)
    const process = fakeProcess()
    await ask('a', never, 'a0')
    void ask('b')
    const calls = patience.calls + 1
    for (let n = 1; n <= calls; n++) void ask('a', never, `a${n}`)
    for (let n = 0; n < patience.calls; n++) {
      giveBack(`a${n}`, process)
      await turn()
    }
    expect(served).toEqual(Array.from({ length: calls }, (_, n) => `a${n}`))
    expect(process.state.killed).toBe(0)
    giveBack(`a${patience.calls}`, process)
    expect(process.state.killed).toBe(1)
    process.exit()
    await turn()
    expect(served.at(-1)).toBe('b')
  })

  it('Should let nobody pass the first in line once that one has waited long', async () => {
    const { served, clock, ask, giveBack } = poolOf(1)
    const process = fakeProcess()
    await ask('a', never, 'a0')
    for (const [key, name] of [
      ['b', 'b'],
      ['a', 'a1'],
      ['a', 'a2'],
    ] as const)
      void ask(key, never, name)
    giveBack('a0', process)
    await turn()
    expect(served).toEqual(['a0', 'a1'])
    clock.ms = patience.ms
    giveBack('a1', process)
    expect(process.state.killed).toBe(1)
    process.exit()
    await turn()
    expect(served).toEqual(['a0', 'a1', 'b'])
  })

  it('Should wait for its own process instead of killing that of another key', async () => {
    const { served, ask, giveBack } = poolOf(2)
    const [own, other] = [fakeProcess(), fakeProcess()]
    await Promise.all([ask('a', never, 'a1'), ask('b')])
    giveBack('b', other)
    const second = ask('a', never, 'a2')
    await turn()
    expect(served).toEqual(['a1', 'b'])
    giveBack('a1', own)
    expect((await second).warm).toBe(own)
    expect(other.state.killed).toBe(0)
  })

  it('Should wait no longer than it has patience, also where nothing happens', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { served, clock, ask, giveBack } = poolOf(2)
    const other = fakeProcess()
    await Promise.all([ask('a', never, 'a1'), ask('b')])
    giveBack('b', other)
    void ask('a', never, 'a2')
    await vi.advanceTimersByTimeAsync(patience.ms - 1)
    expect(other.state.killed).toBe(0)
    clock.ms = patience.ms
    await vi.advanceTimersByTimeAsync(1)
    expect(other.state.killed).toBe(1)
    other.exit()
    await vi.advanceTimersByTimeAsync(0)
    expect(served).toEqual(['a1', 'b', 'a2'])
  })

  it('Should take a process of the key that has most, and leave each other key its last', async () => {
    const { ask, giveBack } = poolOf(3)
    const [last, one, two] = [fakeProcess(), fakeProcess(), fakeProcess()]
    await Promise.all([ask('b'), ask('a', never, 'a1'), ask('a', never, 'a2')])
    giveBack('b', last)
    giveBack('a1', one)
    giveBack('a2', two)
    void ask('c')
    expect([last, one, two].map(({ state }) => state.killed)).toEqual([0, 1, 0])
  })

  it('Should start few processes for calls of more tools than it has places to spare', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const pool = createProcessPool<Fake>({ max: 4, idleMs: 60_000, now: () => Date.now() })
    let started = 0
    const start = async (): Promise<Fake> => {
      started++
      const process = fakeProcess()
      process.kill = () => void setTimeout(process.exit, 5)
      await new Promise((resolve) => setTimeout(resolve, 200))
      return process
    }
    const call = async (key: string): Promise<void> => {
      const permit = await pool.acquire(key, { signal: never })
      const process = permit.warm ?? (await start())
      await new Promise((resolve) => setTimeout(resolve, 5))
      pool.release(permit, process)
    }
    const run = async (begins: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, begins))
      for (const key of ['price', 'stock', 'charge']) await call(key)
    }
    const runs = Promise.all(Array.from({ length: 200 }, (_, n) => run(n * 30)))
    await vi.advanceTimersByTimeAsync(6_500)
    await runs
    // In the strict order of their calls it was 220.
    expect(started).toBeLessThan(15)
  })

  it('Should make room at once where nobody else wants the idle process', async () => {
    const { served, ask, giveBack } = poolOf(1)
    const process = fakeProcess()
    await ask('a')
    for (const key of ['b', 'c']) void ask(key)
    giveBack('a', process)
    expect(process.state.killed).toBe(1)
    process.exit()
    await turn()
    expect(served).toEqual(['a', 'b'])
  })

  it('Should not hand out a process that is stale or has exited', async () => {
    const { ask, giveBack } = poolOf(3)
    const [stale, dead] = [fakeProcess(), fakeProcess()]
    await Promise.all([ask('a', never, 'a1'), ask('a', never, 'a2')])
    giveBack('a1', stale)
    giveBack('a2', dead)
    stale.state.stale = true
    dead.exit()
    await turn()
    expect((await ask('a')).warm).toBeUndefined()
    expect([stale.state.killed, dead.state.killed]).toEqual([1, 0])
  })

  it('Should kill a process that nobody asks for', async () => {
    const { ask, giveBack } = poolOf(1, 1)
    const idle = fakeProcess()
    await ask('a')
    giveBack('a', idle)
    await expect.poll(() => idle.state.killed).toBe(1)
    idle.exit()
    expect((await ask('a')).warm).toBeUndefined()
  })

  it('Should forget a caller that aborts while it waits, and serve the next', async () => {
    const { served, ask, giveBack } = poolOf(1)
    const leaving = new AbortController()
    await ask('a')
    const left = ask('b', leaving.signal)
    void ask('c')
    leaving.abort(new Error('not any more'))
    await expect(left).rejects.toThrow('not any more')
    giveBack('a')
    await turn()
    expect(served).toEqual(['a', 'c'])
  })

  it('Should refuse an aborted caller at once', async () => {
    const { served, ask } = poolOf(1)
    await expect(ask('a', AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(served).toEqual([])
  })

  it('Should refuse those who wait and those who come once it is closed, and kill what is idle', async () => {
    const { pool, ask, giveBack } = poolOf(2)
    const idle = fakeProcess()
    await Promise.all([ask('a'), ask('b')])
    const waiting = ask('c')
    giveBack('a', idle)
    idle.exit()
    await waiting
    const late = ask('d')
    pool.close()
    await expect(late).rejects.toMatchObject({ code: 'unavailable' })
    await expect(ask('e')).rejects.toMatchObject({ code: 'unavailable' })
    expect(idle.state.killed).toBe(1)
  })
})
