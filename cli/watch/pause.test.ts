import { expect, it, onTestFinished, vi } from 'vitest'
import { pause } from './pause.ts'

function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

it('Should take as long as it is told to', async () => {
  useFakeTimers()
  let isOver = false
  const paused = pause(1_000, new AbortController().signal).then(() => (isOver = true))
  await vi.advanceTimersByTimeAsync(999)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await paused
  expect(isOver).toBe(true)
})

it('Should end as soon as it is aborted, and leave no timer behind', async () => {
  useFakeTimers()
  const stop = new AbortController()
  const paused = pause(1_000, stop.signal)
  stop.abort('SIGINT')
  await expect(paused).rejects.toBe('SIGINT')
  await expect(pause(1_000, stop.signal)).rejects.toBe('SIGINT')
  expect(vi.getTimerCount()).toBe(0)
})
