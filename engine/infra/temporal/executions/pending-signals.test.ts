import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { limits } from '../../../core/limits.ts'
import { createSignalGate, type OfferedSignal } from './pending-signals.ts'
import type { SharedView } from './shared-view.ts'

const offered: OfferedSignal = {
  execId: 'a',
  name: 'paid',
  payload: null,
  historyLength: 5_000,
  historySize: 3_000_000,
  describedAt: 0,
}

/** A gate to a run that keeps what `kept` says. A worker that is asked anew says it again. */
function gateTo(kept: Partial<SharedView> | undefined) {
  let asked = 0
  let refusals = 0
  const views = {
    async get() {
      asked++
      if (kept === undefined) throw new Error('no worker')
      const view = { tasks: {}, waiting_for: [], pending_signals: 0, as_of: 1, askedAt: 1 }
      return { ...view, ...kept }
    },
  }
  const gate = createSignalGate(views, () => refusals++)
  const admit = (signal: Partial<OfferedSignal> = {}) =>
    gate.admit({ ...offered, ...signal }, undefined)
  return { admit, asked: () => asked, refusals: () => refusals }
}

const refused = (message: string) => ({
  code: 'limit_reached',
  message: expect.stringContaining(message),
})

describe('signals that are sent at the same time', () => {
  const outcomes = async (sends: readonly Promise<unknown>[]) => {
    const settled = await Promise.allSettled(sends)
    return settled.filter(({ status }) => status === 'fulfilled').length
  }
  const short = { historyLength: 10, historySize: 10_000 }

  it('Should be counted while the history is short, so that a worker is asked in time', async () => {
    const { admit, asked } = gateTo({ pending_by_name: {} })
    expect(await outcomes(Array.from({ length: 1_200 }, () => admit(short)))).toBe(1_000)
    expect(asked()).toBeGreaterThan(0)
    const few = gateTo({ pending_by_name: {} })
    expect(await outcomes(Array.from({ length: 900 }, () => few.admit(short)))).toBe(900)
    expect(few.asked()).toBe(0)
  })

  it('Should be counted after Temporal has them: a described history lacks those of a busy run', async () => {
    const [first, second] = ['x'.repeat(600_000), 'y'.repeat(600_000)]
    const described = { ...short, describedAt: performance.now() + 5_000 }
    const busy = gateTo({ pending_signal_bytes: 600_000, askedAt: Number.MAX_SAFE_INTEGER })
    const settle = await busy.admit({ ...short, payload: first })
    settle()
    await expect(busy.admit({ ...described, payload: second })).rejects.toMatchObject(
      refused('600,000 bytes of signals'),
    )
    const later = gateTo({ pending_signal_bytes: 600_000 })
    const settleLater = await later.admit({ ...short, payload: first })
    settleLater()
    const long = { ...described, describedAt: performance.now() + 60_000 }
    expect(await outcomes([later.admit({ ...long, payload: second })])).toBe(1)
    expect(later.asked()).toBe(0)
  })

  it('Should be measured together against the history that Temporal bears', async () => {
    const { admit } = gateTo(undefined)
    const large = { historySize: limits.historyBytes - 3_000_000, payload: 'x'.repeat(1_000_000) }
    expect(await outcomes(Array.from({ length: 10 }, () => admit(large)))).toBe(2)
  })

  it('Should not count against a history that was described after Temporal had them', async () => {
    const { admit } = gateTo(undefined)
    const large = { historySize: limits.historyBytes - 3_000_000, payload: 'x'.repeat(1_000_000) }
    for (let i = 0; i < 10; i++) {
      const settle = await admit({ ...large, describedAt: performance.now() + 60_000 })
      settle()
    }
    expect(await outcomes([admit({ ...large, describedAt: performance.now() + 60_000 })])).toBe(1)
  })

  it('Should not be counted twice where a view shows some that are on their way', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    // Both views show the signal that is on its way; the second one was taken after its answer.
    const at = performance.now() + 1
    const views = [at, at, Number.MAX_SAFE_INTEGER].map((askedAt) => ({
      tasks: {},
      waiting_for: [],
      pending_signals: 999,
      pending_by_name: { paid: 999 },
      as_of: 1,
      askedAt,
    }))
    let looks = 0
    const gate = createSignalGate({ get: async () => views[looks++]! })
    const settle = await gate.admit({ ...offered, ...short }, undefined)
    const second = gate.admit({ ...offered, historyLength: 5_000 }, undefined)
    await new Promise(setImmediate)
    settle()
    await expect(second).resolves.toBeTypeOf('function')
    expect(looks).toBe(3)
  })
})

describe('a view that is older than the signals that are remembered', () => {
  /** Sends 600 signals that Temporal answers; the last view, and later a fresh one, show this. */
  async function sendAfterView(fresh: Partial<SharedView> | undefined) {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const old = { tasks: {}, waiting_for: [], pending_signals: 0, pending_by_name: {}, as_of: 1 }
    const stale: SharedView = { ...old, askedAt: performance.now() }
    const looks: (boolean | undefined)[] = []
    const gate = createSignalGate({
      async get(_, { fresh: isFresh }) {
        looks.push(isFresh)
        if (isFresh !== true) return stale
        if (fresh === undefined) throw new Error('no worker')
        return { ...stale, askedAt: performance.now(), ...fresh }
      },
    })
    for (let sent = 0; sent < 600; sent++) (await gate.admit(offered, undefined))()
    return {
      looks: () => looks.splice(0),
      async sendToOthers(runs: number) {
        const short = { ...offered, historyLength: 1, historySize: 1 }
        for (let i = 0; i < runs; i++)
          await gate.admit({ ...short, execId: `other-${i}` }, undefined)
      },
      after(ms: number) {
        vi.advanceTimersByTime(ms)
        return gate.admit(offered, undefined)
      },
    }
  }

  it('Should not admit a signal: a fresh one shows what is forgotten', async () => {
    const { after, looks } = await sendAfterView({ pending_by_name: { paid: 1_000 } })
    looks()
    await expect(after(20_001)).rejects.toMatchObject(refused('1000 signals "paid"'))
    expect(looks()).toEqual([false, true])
  })

  it('Should admit it up to then: all that came after it is remembered', async () => {
    const { after, looks } = await sendAfterView({ pending_by_name: { paid: 1_000 } })
    looks()
    await expect(after(20_000)).resolves.toBeTypeOf('function')
    expect(looks()).toEqual([false])
  })

  it('Should not admit it where the signals of more runs than are remembered came after it', async () => {
    const sent = await sendAfterView({ pending_by_name: { paid: 1_000 } })
    await sent.sendToOthers(999)
    await expect(sent.after(1)).resolves.toBeTypeOf('function')
    await sent.sendToOthers(1_001)
    await expect(sent.after(1)).rejects.toMatchObject(refused('1000 signals "paid"'))
  })

  it('Should admit it where no worker answers: Temporal keeps it', async () => {
    const { after } = await sendAfterView(undefined)
    await expect(after(60_000)).resolves.toBeTypeOf('function')
  })
})

describe('a signal gate', () => {
  it('Should ask no worker about a run with a short history', async () => {
    const { admit, asked } = gateTo({ pending_signals: 1_000 })
    await admit({ historyLength: 900, historySize: 90_000 })
    expect(asked()).toBe(0)
  })

  it('Should refuse the signal after the last that a run keeps, by name', async () => {
    const { admit } = gateTo({ pending_signals: 1_000, pending_by_name: { paid: 1_000 } })
    await expect(admit()).rejects.toMatchObject(refused('1000 signals "paid"'))
    await expect(admit({ name: 'shipped' })).resolves.toBeTypeOf('function')
  })

  it('Should count what was sent since the view was taken', async () => {
    const { admit } = gateTo({ pending_by_name: { paid: 998 } })
    await Promise.all([admit(), admit()])
    await expect(admit()).rejects.toMatchObject(refused('1000 signals "paid"'))
  })

  it('Should count anew since a later view, also when its clock was set back', async () => {
    const kept = { pending_by_name: { paid: 999 }, as_of: 3_600_000, askedAt: 1 }
    const { admit } = gateTo(kept)
    const settle = await admit()
    await expect(admit()).rejects.toMatchObject(refused('1000 signals "paid"'))
    // The run took it; the clock now shows an hour before.
    settle()
    Object.assign(kept, { as_of: 0, askedAt: performance.now() + 1 })
    await expect(admit()).resolves.toBeTypeOf('function')
  })

  it('Should bound the bytes of kept signals, those just sent included', async () => {
    const { admit } = gateTo({ pending_signal_bytes: 400_000 })
    const payload = 'x'.repeat(500_000)
    await admit({ payload })
    await expect(admit({ payload })).rejects.toMatchObject(refused('900,056 bytes of signals'))
  })

  it('Should count what was sent of one name apart from the others', async () => {
    const { admit } = gateTo({ pending_by_name: { noise: 998, paid: 999 } })
    await admit({ name: 'noise' })
    await admit({ name: 'noise' })
    await expect(admit({ name: 'noise' })).rejects.toMatchObject(refused('1000 signals "noise"'))
    await expect(admit()).resolves.toBeTypeOf('function')
    await expect(admit()).rejects.toMatchObject(refused('1000 signals "paid"'))
  })

  it('Should admit the signal that a task waits for, whatever else the run keeps', async () => {
    const kept = { pending_by_name: { noise: 1_000 }, pending_signal_bytes: 1_000_000 }
    const { admit } = gateTo({ ...kept, waiting_for: ['paid'] })
    await expect(admit()).resolves.toBeTypeOf('function')
    // The wait takes one; the next would be kept.
    await expect(admit()).rejects.toMatchObject(refused('bytes of signals'))
    await expect(gateTo(kept).admit()).rejects.toMatchObject(refused('1,000,000 bytes of signals'))
  })

  it('Should count the names of kept signals as bytes', async () => {
    const { admit } = gateTo({ pending_signal_bytes: 999_900 })
    const name = 'n'.repeat(60)
    await expect(admit({ name })).rejects.toMatchObject(refused('999,900 bytes of signals'))
    await expect(admit({ name: 'n' })).resolves.toBeTypeOf('function')
  })

  it('Should refuse more before Temporal terminates the run, also without a worker', async () => {
    const { admit } = gateTo(undefined)
    await expect(admit({ historySize: limits.historyBytes })).rejects.toMatchObject(
      refused('bytes of history'),
    )
    await expect(admit()).resolves.toBeTypeOf('function')
  })

  it('Should tell of each signal that the run cannot keep, and of no other', async () => {
    const { admit, refusals } = gateTo({ pending_by_name: { paid: 999 } })
    await admit()
    await expect(admit({ payload: 'x'.repeat(2_000_000) })).rejects.toMatchObject({
      code: 'payload_too_large',
    })
    expect(refusals()).toBe(0)
    await expect(admit()).rejects.toMatchObject(refused('1000 signals "paid"'))
    await expect(admit({ historySize: limits.historyBytes })).rejects.toMatchObject(
      refused('bytes of history'),
    )
    expect(refusals()).toBe(2)
  })

  it('Should refuse a payload that Temporal would not take, with its size and the limit', async () => {
    const { admit } = gateTo({})
    await expect(admit({ payload: 'x'.repeat(2_000_000) })).rejects.toMatchObject({
      code: 'payload_too_large',
      message:
        'the payload of signal "paid" is too large: 2,000,002 bytes; at most 2,000,000 bytes are allowed',
    })
  })
})
