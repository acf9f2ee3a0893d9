import { describe, expect, it } from 'vitest'
import { createProcessPool, type Permit } from './process-pool.ts'

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
  const pool = createProcessPool<Fake>({ max, idleMs })
  const served: string[] = []
  const permits = new Map<string, Permit<Fake>>()
  const ask = (key: string, signal: AbortSignal = never, name = key) =>
    pool.acquire(key, { signal }).then((permit) => {
      served.push(name)
      permits.set(name, permit)
      return permit
    })
  const giveBack = (name: string, process?: Fake) => pool.release(permits.get(name)!, process)
  return { pool, served, permits, ask, giveBack }
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
