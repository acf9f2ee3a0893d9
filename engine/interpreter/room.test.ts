import { describe, expect, it } from 'vitest'
import { createRoom } from './room.ts'

function roomFor(free: number, isBounded = true) {
  const requests = { free, freeCount: () => requests.free }
  const room = createRoom(requests, isBounded)
  const resumed: string[] = []
  const wait = (name: string) => room.wait(() => resumed.push(name))
  return { requests, room, resumed, wait }
}

describe('the room for children', () => {
  it('Should be taken by as many as requests are free, until the next offer', () => {
    const { room } = roomFor(2)
    expect([room.take(), room.take(), room.take()]).toEqual([true, true, false])
    expect(room.offer()).toBe(false)
    expect([room.take(), room.take(), room.take()]).toEqual([true, true, false])
  })

  it('Should be offered to one at a time, the one that has waited longest first', () => {
    const { room, resumed, wait } = roomFor(1)
    wait('a')
    wait('b')
    expect([room.offer(), resumed]).toEqual([true, ['a']])
    expect([room.offer(), resumed]).toEqual([true, ['a', 'b']])
    expect([room.offer(), resumed]).toEqual([false, ['a', 'b']])
  })

  it('Should not be offered where no request is free, nor to one that no longer waits', () => {
    const { requests, room, resumed, wait } = roomFor(0)
    const takeBack = wait('a')
    expect([room.take(), room.offer()]).toEqual([false, false])
    requests.free = 1
    takeBack()
    expect([room.offer(), resumed]).toEqual([false, []])
  })

  it('Should be there for all in a run that an older engine began', () => {
    const { room, resumed, wait } = roomFor(0, false)
    expect([room.take(), room.take()]).toEqual([true, true])
    wait('a')
    expect([room.offer(), resumed]).toEqual([true, ['a']])
  })
})
