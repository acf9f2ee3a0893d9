import { describe, expect, it } from 'vitest'
import { waitFor, type Steps } from '../kinds/steps.ts'
import { createScheduler } from './scheduler.ts'

/** Steps that wait by name; `resume` ends a wait, `undone` has those that were taken back. */
function world(isSpent: () => boolean = () => false) {
  const waits = new Map<string, (value: unknown) => void>()
  const undone: string[] = []
  const seen: string[] = []
  const scheduler = createScheduler(isSpent)
  function* waitNamed(name: string): Steps<string> {
    seen.push(`${name} waits`)
    const value = yield* waitFor<string>((resume) => {
      waits.set(name, resume)
      return () => undone.push(name)
    })
    seen.push(`${name} goes on with ${value}`)
    return value
  }
  const resume = (name: string, value: string): void => {
    waits.get(name)!(value)
    scheduler.drain()
  }
  return { scheduler, waitNamed, resume, undone, seen, waits }
}

describe('the scheduler', () => {
  it('Should run steps side by side in the order in which they become ready', () => {
    const { scheduler, waitNamed, resume, seen } = world()
    const ends: string[] = []
    scheduler.start(waitNamed('a'), (value) => ends.push(value))
    scheduler.start(waitNamed('b'), (value) => ends.push(value))
    expect([seen, scheduler.hasReady()]).toEqual([[], true])
    scheduler.drain()
    expect([seen, scheduler.hasReady()]).toEqual([['a waits', 'b waits'], false])
    resume('b', 'one')
    resume('a', 'two')
    expect(ends).toEqual(['one', 'two'])
  })

  it('Should take back what canceled steps wait for, once, and never go on with them', () => {
    const { scheduler, waitNamed, resume, undone, seen } = world()
    const ends: string[] = []
    const fiber = scheduler.start(waitNamed('a'), (value) => ends.push(value))
    scheduler.drain()
    fiber.cancel()
    fiber.cancel()
    resume('a', 'late')
    expect([undone, seen, ends]).toEqual([['a'], ['a waits'], []])
  })

  it('Should not take back a wait that has ended, nor cancel steps that have', () => {
    const { scheduler, waitNamed, resume, waits, undone } = world()
    const ends: string[] = []
    const fiber = scheduler.start(waitNamed('a'), (value) => ends.push(value))
    scheduler.drain()
    resume('a', 'x')
    fiber.cancel()
    expect([undone, ends]).toEqual([[], ['x']])
    const second = scheduler.start(waitNamed('b'), (value) => ends.push(value))
    scheduler.drain()
    // Ready, and not yet its turn.
    waits.get('b')!('y')
    second.cancel()
    scheduler.drain()
    expect(ends).toEqual(['x'])
  })

  it('Should not begin steps that are canceled before their turn', () => {
    const { scheduler, waitNamed, seen } = world()
    const fiber = scheduler.start(waitNamed('a'), () => undefined)
    fiber.cancel()
    scheduler.drain()
    expect(seen).toEqual([])
  })

  it('Should refuse steps that wait while they are canceled', () => {
    const { scheduler, waitNamed } = world()
    function* stubborn(): Steps<string> {
      try {
        return yield* waitNamed('a')
      } finally {
        yield* waitNamed('b')
      }
    }
    const fiber = scheduler.start(stubborn(), () => undefined)
    scheduler.drain()
    expect(() => fiber.cancel()).toThrow('steps waited while they were canceled')
  })

  it('Should stop where the slice is spent, and keep the order of the rest', () => {
    let left = 0
    const { scheduler, waitNamed, seen } = world(() => left-- <= 0)
    for (const name of ['a', 'b', 'c']) scheduler.start(waitNamed(name), () => undefined)
    scheduler.drain()
    expect(seen).toEqual([])
    left = 2
    scheduler.drain()
    expect([seen, scheduler.hasReady()]).toEqual([['a waits', 'b waits'], true])
    scheduler.start(waitNamed('d'), () => undefined)
    left = 9
    scheduler.drain()
    expect([seen, scheduler.hasReady()]).toEqual([
      ['a waits', 'b waits', 'c waits', 'd waits'],
      false,
    ])
  })
})

describe('a group', () => {
  it('Should give its ends in their order, those that came before anybody asked too', () => {
    const { scheduler, waitNamed, resume } = world()
    const group = scheduler.group<string>()
    const got: unknown[] = []
    function* collect(): Steps<void> {
      for (let i = 0; i < 3; i++) got.push(yield* group.next())
    }
    group.add(1, waitNamed('a'))
    group.add(2, waitNamed('b'))
    group.add(3, waitNamed('c'))
    scheduler.drain()
    resume('b', 'x')
    resume('a', 'y')
    scheduler.start(collect(), () => got.push('done'))
    scheduler.drain()
    expect(got).toEqual([
      { key: 2, value: 'x' },
      { key: 1, value: 'y' },
    ])
    resume('c', 'z')
    expect(got.slice(2)).toEqual([{ key: 3, value: 'z' }, 'done'])
  })

  it('Should keep an end for the next one that asks when the first no longer waits', () => {
    const { scheduler, waitNamed, resume } = world()
    const group = scheduler.group<string>()
    const got: unknown[] = []
    group.add(1, waitNamed('a'))
    const waiting = scheduler.start(group.next(), (end) => got.push(['first', end]))
    scheduler.drain()
    waiting.cancel()
    resume('a', 'x')
    scheduler.start(group.next(), (end) => got.push(['second', end]))
    scheduler.drain()
    expect(got).toEqual([['second', { key: 1, value: 'x' }]])
  })

  it('Should cancel what has not ended, and nothing else', () => {
    const { scheduler, waitNamed, resume, undone } = world()
    const group = scheduler.group<string>()
    group.add(1, waitNamed('a'))
    group.add(2, waitNamed('b'))
    scheduler.drain()
    resume('a', 'x')
    group.cancel()
    group.cancel()
    expect(undone).toEqual(['b'])
  })
})
