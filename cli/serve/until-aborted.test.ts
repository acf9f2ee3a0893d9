import { describe, expect, it } from 'vitest'
import { untilAborted } from './until-aborted.ts'

describe('untilAborted', () => {
  it('Should end with the signal, also one that came before', async () => {
    await expect(untilAborted(AbortSignal.abort())).resolves.toBeUndefined()
    const stop = new AbortController()
    const ended = untilAborted(stop.signal, new Promise<never>(() => undefined))
    stop.abort()
    await expect(ended).resolves.toBeUndefined()
  })

  it('Should fail with what runs below', async () => {
    const failed = Promise.reject(new Error('the server is gone'))
    await expect(untilAborted(new AbortController().signal, failed)).rejects.toThrow(
      'the server is gone',
    )
  })
})
