import { describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../../definition/run-protocol.ts'
import { interceptors } from './activation-jobs.ts'
import { createEventDelivery } from './event-delivery.ts'

/** Conditions of the run, which the SDK checks once an activation has brought everything. */
const blocked = new Set<() => boolean>()

vi.mock('@temporalio/workflow', () => ({
  condition: (isMet: () => boolean) =>
    new Promise<void>((resolve) => {
      blocked.add(() => {
        if (!isMet()) return false
        resolve()
        return true
      })
    }),
}))

async function settle(): Promise<void> {
  await new Promise(setImmediate)
  for (const check of blocked) if (check()) blocked.delete(check)
  await new Promise(setImmediate)
}

type Job = {
  readonly resolveActivity?: object
  readonly fireTimer?: object
  readonly signalWorkflow?: { readonly signalName?: string; readonly input?: object[] }
}

/** Returns the jobs that reach the SDK. */
function activate(...jobs: readonly Job[]): readonly Job[] {
  const { internals = [] } = interceptors()
  let taken: unknown
  internals[0]!.activate!({ activation: { jobs: [...jobs] }, batchIndex: 0 }, (input) => {
    taken = input.activation.jobs
  })
  return taken as readonly Job[]
}

const answered = (seq: number): RunEvent => ({ type: 'resolved', seq, value: null })
const signal: RunEvent = { type: 'signal', id: 's', payload: null, receivedAt: 0 }

function begin(goesOn = true) {
  blocked.clear()
  const steps: (readonly RunEvent[])[] = []
  const delivery = createEventDelivery()
  delivery.begin((events) => {
    steps.push(events)
    return goesOn
  })
  return { delivery, steps: () => steps.slice(1) }
}

describe('the delivery of events', () => {
  it('Should begin with the start and the signals that came before it', () => {
    const delivery = createEventDelivery()
    const steps: (readonly RunEvent[])[] = []
    delivery.add(signal)
    delivery.begin((events) => steps.push(events) > 0)
    expect(steps).toEqual([[{ type: 'started' }, signal]])
  })

  it.each([{ resolveActivity: {} }, { fireTimer: {} }])(
    'Should deliver the only answer of an activation at once: %j',
    (job) => {
      const { delivery, steps } = begin()
      activate(job)
      delivery.answer(() => answered(1))
      expect(steps()).toEqual([[answered(1)]])
    },
  )

  it('Should deliver the answers of one activation in one step, with the last of them', () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} }, { fireTimer: {} }, { resolveActivity: {} })
    delivery.answer(() => answered(1))
    delivery.answer(() => answered(2))
    expect(steps()).toEqual([])
    delivery.answer(() => answered(3))
    expect(steps()).toEqual([[answered(1), answered(2), answered(3)]])
  })

  it('Should deliver the answers of one activation without those that nobody waits for', () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} }, { resolveActivity: {} })
    delivery.answer(() => answered(1))
    delivery.answer(() => undefined)
    expect(steps()).toEqual([[answered(1)]])
  })

  it('Should deliver in one step what comes beside a result that is no answer', async () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} }, { resolveActivity: {} }, { resolveActivity: {} })
    delivery.answer(() => answered(1))
    delivery.answer(() => answered(2))
    await settle()
    expect(steps()).toEqual([[answered(1), answered(2)]])
    // What fails as soon as that step sends it is not the result that was missing.
    for (const seq of [3, 4]) delivery.answer(() => answered(seq))
    expect(steps()).toHaveLength(1)
    await settle()
    expect(steps().slice(1)).toEqual([[answered(3), answered(4)]])
  })

  it('Should count the answers of each activation anew', () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} }, { resolveActivity: {} }, { resolveActivity: {} })
    delivery.answer(() => answered(1))
    activate({ resolveActivity: {} })
    delivery.answer(() => answered(2))
    expect(steps()).toEqual([[answered(1), answered(2)]])
  })

  it('Should deliver a signal and an answer of one activation in one step', async () => {
    const { delivery, steps } = begin()
    activate({ signalWorkflow: {} }, { resolveActivity: {} })
    delivery.add(signal)
    delivery.answer(() => answered(1))
    await settle()
    expect(steps()).toEqual([[signal, answered(1)]])
  })

  it('Should leave out the signals that the SDK refuses or cannot read, and no others', () => {
    const refused: Job = { signalWorkflow: { signalName: '__temporal_x' } }
    const others = ['__stack_trace', '__temporal', 'x__temporal_', 'go'].map((signalName): Job => ({
      signalWorkflow: { signalName },
    }))
    const answer: Job = { resolveActivity: {} }
    const [text, noJson] = ['json/plain', 'binary/encrypted'].map((encoding): Job => {
      const metadata = { encoding: Buffer.from(encoding) }
      return { signalWorkflow: { input: [{ metadata, data: Buffer.from('{}') }] } }
    })
    expect(activate(refused, ...others, answer, text!, noJson!, refused)).toEqual([
      ...others,
      answer,
      text,
    ])
    expect(activate(refused)).toEqual([])
  })

  it('Should deliver an answer at once that comes with a signal left out', () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} }, { signalWorkflow: { signalName: '__temporal_x' } })
    delivery.answer(() => answered(1))
    expect(steps()).toEqual([[answered(1)]])
  })

  it('Should deliver in one step what fails as soon as it is sent', async () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} })
    for (const seq of [1, 2, 3]) delivery.answer(() => answered(seq))
    await settle()
    expect(steps()).toEqual([[answered(1)], [answered(2), answered(3)]])
  })

  it('Should deliver no answer that nobody waits for', async () => {
    const { delivery, steps } = begin()
    activate({ resolveActivity: {} })
    delivery.answer(() => undefined)
    delivery.answer(() => undefined)
    await settle()
    expect(steps()).toEqual([])
  })

  it('Should take no more steps once the run has ended', async () => {
    const { delivery, steps } = begin(false)
    delivery.add(signal)
    await settle()
    expect(steps()).toEqual([])
  })
})
