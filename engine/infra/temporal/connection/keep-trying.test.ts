import { describe, expect, it } from 'vitest'
import { keepTrying } from './keep-trying.ts'

describe('keepTrying', () => {
  it('Should try until it succeeds, telling each failure and its growing pause', async () => {
    let attempts = 0
    const failures: [unknown, number][] = []
    const { signal } = new AbortController()
    const attempt = async () => {
      if (++attempts < 3) throw new Error(`no ${attempts}`)
    }
    await keepTrying(attempt, {
      signal,
      onFailure: (error, ms) => void failures.push([String(error), ms]),
    })
    expect([attempts, failures]).toEqual([
      3,
      [
        ['Error: no 1', 100],
        ['Error: no 2', 200],
      ],
    ])
  })

  it('Should stop trying when its signal aborts, also in a pause, and say no more', async () => {
    const control = new AbortController()
    let attempts = 0
    const attempt = () => Promise.reject(new Error(`no ${++attempts}`))
    const onFailure = () => control.abort()
    await keepTrying(attempt, { signal: control.signal, onFailure })
    await keepTrying(attempt, { signal: control.signal, onFailure: () => expect.unreachable() })
    expect(attempts).toBe(1)
  })
})
