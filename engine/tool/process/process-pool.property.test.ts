import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createProcessPool, type Permit } from './process-pool.ts'

/** A process that lives until it is killed or crashes. */
class FakeProcess {
  isGone = false
  readonly exited: Promise<void>
  readonly #onExit: () => void
  #exit: () => void = () => undefined
  constructor(onExit: () => void) {
    this.#onExit = onExit
    this.exited = new Promise((resolve) => (this.#exit = resolve))
  }
  isStale = (): boolean => false
  kill(): void {
    if (this.isGone) return
    this.isGone = true
    this.#onExit()
    this.#exit()
  }
}

/** What may happen to a pool: a call, its end in one way or another, a caller that gives up. */
type Step =
  | { readonly kind: 'call'; readonly key: string }
  | { readonly kind: 'return' | 'crash' | 'crash idle' | 'give up'; readonly index: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), key: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constantFrom('return', 'crash', 'crash idle', 'give up' as const),
    index: fc.nat(10),
  }),
)

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Plays steps on a pool of `max`; returns the most processes alive, and how many calls got no turn.
 */
async function play(max: number, steps: readonly Step[]) {
  const pool = createProcessPool<FakeProcess>({ max, idleMs: 60_000 })
  const held: { permit: Permit<FakeProcess>; process: FakeProcess }[] = []
  const idle: FakeProcess[] = []
  const waiting: AbortController[] = []
  let alive = 0
  let most = 0
  let open = 0

  const start = () => {
    most = Math.max(most, ++alive)
    return new FakeProcess(() => alive--)
  }
  const call = (key: string) => {
    const cancel = new AbortController()
    waiting.push(cancel)
    open++
    const onPermit = (permit: Permit<FakeProcess>) => {
      waiting.splice(waiting.indexOf(cancel), 1)
      held.push({ permit, process: permit.warm ?? start() })
    }
    const onRefusal = () => void open--
    void pool.acquire(key, { signal: cancel.signal }).then(onPermit, onRefusal)
  }
  const end = (index: number, isCrash: boolean) => {
    const [entry] = held.splice(index % Math.max(held.length, 1), 1)
    if (entry === undefined) return
    open--
    if (isCrash) entry.process.kill()
    else idle.push(entry.process)
    pool.release(entry.permit, isCrash ? undefined : entry.process)
  }

  for (const action of steps) {
    if (action.kind === 'call') call(action.key)
    else if (action.kind === 'give up') waiting[action.index]?.abort(new Error('gave up'))
    else if (action.kind === 'crash idle') idle.splice(action.index, 1)[0]?.kill()
    else end(action.index, action.kind === 'crash')
    await turn()
  }
  for (let rounds = 0; rounds < steps.length; rounds++) {
    while (held.length > 0) end(0, false)
    await turn()
  }
  pool.close()
  return { most, open }
}

describe('a pool under any calls, crashes and callers that give up', () => {
  it('Should never have more processes than its limit, and give every caller its turn', async () => {
    const plays = fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 40 }),
      async (max, steps) => {
        const { most, open } = await play(max, steps)
        return most <= max && open === 0
      },
    )
    const result = await fc.check(plays, { numRuns: 300 })
    expect(
      result.failed ? (result.counterexample ?? result.errorInstance) : undefined,
    ).toBeUndefined()
  })
})
