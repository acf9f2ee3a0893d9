import { describe, expect, it } from 'vitest'
import type { Execution } from '../../../executions.ts'
import { serve } from '../testing/client.ts'
import { createRunWatch } from './run-watch.ts'

/** An open run, and what was asked of its worker and of Temporal. */
async function openRun() {
  const { executions, start } = await serve()
  const id = await start()
  const run = await executions.describe(id)
  const asked = { views: 0, waits: 0 }
  let close: ((run: Execution | undefined) => void) | undefined
  let waiting: AbortSignal | undefined
  executions.view = async () => {
    asked.views++
    return { tasks: {}, waiting_for: [], pending_signals: 0, as_of: 0 }
  }
  executions.result = (_, __, options) => {
    asked.waits++
    waiting = options?.signal
    return new Promise((resolve) => (close = resolve))
  }
  const watch = createRunWatch(executions)
  const end = (closed?: Execution) => close?.(closed)
  return { watch, run, asked, end, waiting: () => waiting }
}

const never = new AbortController().signal

describe('a run watch', () => {
  it('Should look once for ten who follow the same run, to its close', async () => {
    const { watch, run, asked, end } = await openRun()
    const followers = Array.from({ length: 10 }, () => watch.follow(run, never))
    const looks = await Promise.all(followers.map((follower) => follower.next()))
    expect(looks.map(({ value }) => value?.status)).toEqual(Array(10).fill('running'))
    const last = Promise.all(followers.map((follower) => follower.next()))
    await expect.poll(() => asked.waits).toBe(1)
    end({ ...run, status: 'completed', tasks: {}, closed_at: run.started_at })
    expect((await last).map(({ value }) => value?.status)).toEqual(Array(10).fill('completed'))
    expect(await followers[0]!.next()).toEqual({ done: true, value: undefined })
    expect(asked).toEqual({ views: 1, waits: 1 })
  })

  it('Should give a late follower the latest look at once', async () => {
    const { watch, run, asked, end } = await openRun()
    const first = watch.follow(run, never)
    await first.next()
    void first.next()
    await expect.poll(() => asked.waits).toBe(1)
    const late = watch.follow(run, never)
    expect((await late.next()).value?.status).toBe('running')
    expect(asked).toEqual({ views: 1, waits: 1 })
    end()
  })

  it('Should stop looking when the last follower leaves, and not before', async () => {
    const { watch, run, waiting } = await openRun()
    const leaving = [new AbortController(), new AbortController()]
    const followers = leaving.map(({ signal }) => watch.follow(run, signal))
    await Promise.all(followers.map((follower) => follower.next()))
    const ends = followers.map((follower) => follower.next())
    await expect.poll(() => waiting()).toBeDefined()
    leaving[0]!.abort()
    expect((await ends[0])!.done).toBe(true)
    expect(waiting()!.aborted).toBe(false)
    leaving[1]!.abort()
    expect((await ends[1])!.done).toBe(true)
    expect(waiting()!.aborted).toBe(true)
  })
})
