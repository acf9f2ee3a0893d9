import { describe, expect, it } from 'vitest'
import type { ReceivedSignal } from '../kinds/task-context.ts'
import { createSignals } from './signals.ts'

const sent = (id: string, payload: number): ReceivedSignal => ({ id, payload, receivedAt: 7 })

function start(kept?: readonly ReceivedSignal[], handsOutAtOnce?: boolean) {
  const signals = createSignals(kept, handsOutAtOnce)
  const taken: string[] = []
  const wait = (who: string, name: string, rank: number) =>
    signals.receive(
      name,
      rank,
    )((value) => {
      taken.push(`${who} takes ${JSON.stringify((value as ReceivedSignal).payload)}`)
    })
  return { signals, taken, wait }
}

describe('signals', () => {
  it('Should go to the wait that started first, the oldest first, each once', () => {
    const { signals, taken, wait } = start([sent('go', 1), sent('go', 2), sent('go', 3)])
    wait('late', 'go', 5)
    wait('early', 'go', 2)
    wait('last', 'go', 9)
    expect(signals.waitingFor()).toEqual(['go'])
    expect([signals.offer(), signals.offer(), signals.offer(), signals.offer()]).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(taken).toEqual(['early takes 1', 'late takes 2', 'last takes 3'])
    expect([signals.waitingFor(), signals.pendingCount]).toEqual([[], 0])
    expect([signals.pendingByName(), signals.pendingBytes()]).toEqual([{}, 0])
  })

  it('Should be kept until somebody waits for their name, and pass over names without any', () => {
    const { signals, taken, wait } = start()
    wait('a', 'none', 1)
    signals.deliver(sent('other', 1))
    signals.deliver(sent('go', 2))
    expect(signals.offer()).toBe(false)
    wait('b', 'go', 2)
    expect([signals.offer(), taken]).toEqual([true, ['b takes 2']])
    expect([signals.offer(), signals.pending()]).toEqual([false, [sent('other', 1)]])
    expect(signals.waitingFor()).toEqual(['none'])
  })

  it('Should not go to a wait that was taken back', () => {
    const { signals, taken, wait } = start([sent('go', 1), sent('go', 2)])
    const takeBack = wait('a', 'go', 1)
    wait('b', 'go', 2)
    takeBack()
    expect([signals.offer(), signals.offer(), taken]).toEqual([true, false, ['b takes 1']])
    const alone = wait('c', 'go', 3)
    alone()
    alone()
    expect([signals.offer(), signals.waitingFor(), signals.pendingCount]).toEqual([false, [], 1])
  })

  it('Should be counted by name, those with most first, with their bytes', () => {
    const { signals } = start([sent('a', 1), sent('b', 2), sent('b', 3)])
    expect(Object.entries(signals.pendingByName())).toEqual([
      ['b', 2],
      ['a', 1],
    ])
    expect(signals.pending()).toEqual([sent('a', 1), sent('b', 2), sent('b', 3)])
    // 48 around each, the name as JSON, and the payload.
    expect(signals.pendingBytes()).toBe(3 * (48 + 3 + 1))
    signals.deliver(sent('b', 4_000))
    expect(signals.pendingBytes()).toBe(4 * (48 + 3 + 1) + 3)
    for (let i = 0; i < 100; i++) signals.deliver(sent(`n${i}`, i))
    expect(Object.keys(signals.pendingByName())).toHaveLength(100)
    expect(signals.pendingByName()).toMatchObject({ b: 3 })
    expect(signals.pendingCount).toBe(104)
  })

  it('Should be counted no more once they are taken', () => {
    const { signals, wait } = start([sent('a', 1), sent('b', 4_000)])
    const both = signals.pendingBytes()
    expect([signals.countOf('a'), signals.countOf('b'), signals.countOf('c')]).toEqual([1, 1, 0])
    wait('w', 'b', 1)
    expect(signals.offer()).toBe(true)
    expect([signals.countOf('a'), signals.countOf('b')]).toEqual([1, 0])
    expect(signals.pendingBytes()).toBe(both - (48 + 3 + 4))
    const anew = start(signals.pending()).signals
    expect(signals.pendingBytes()).toBe(anew.pendingBytes())
  })

  it('Should be handed out at once in a run that an older engine began', () => {
    const { signals, taken, wait } = start([sent('go', 1)], true)
    wait('a', 'go', 2)()
    wait('b', 'go', 3)
    wait('c', 'go', 1)
    signals.deliver(sent('go', 2))
    signals.deliver(sent('go', 3))
    signals.deliver(sent('go', 4))
    expect(taken).toEqual(['a takes 1', 'c takes 2', 'b takes 3'])
    expect([signals.pendingCount, signals.waitingFor()]).toEqual([1, []])
  })
})
