import { describe, expect, it } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import type { Workflow } from '../../../project/project.ts'
import type { ListeningWorkflow } from './event-listeners.ts'
import { startListeners } from './start-listeners.ts'

const event = { name: 'sent', payload: null }

/** Only what a start reads of a listener. */
const listenersNamed = (ids: readonly string[]): ListeningWorkflow[] =>
  ids.map((id) => ({ workflow: { id } as Workflow, input: null }))
const many = listenersNamed(Array.from({ length: 300 }, (_, n) => `w${n}`))
const timeout = () => new CompozyError('temporal_timeout', 'Temporal did not answer in time')

/** A Temporal that starts a run once for each key. `answers` is asked for each try, from 1. */
function fakeTemporal(
  answers: (id: string, tries: number) => CompozyError | undefined = () => undefined,
) {
  const runs = new Set<string>()
  const keys = new Set<string>()
  const tries = new Map<string, number>()
  let open = 0
  let mostOpen = 0
  const start = async (
    { workflow: { id } }: ListeningWorkflow,
    { idempotencyKey }: { idempotencyKey: string },
  ) => {
    mostOpen = Math.max(mostOpen, ++open)
    const nth = (tries.get(id) ?? 0) + 1
    tries.set(id, nth)
    await Promise.resolve()
    open--
    const refused = answers(id, nth)
    if (refused?.code === 'conflict') throw refused
    keys.add(idempotencyKey)
    runs.add(`${id}-${idempotencyKey}`)
    if (refused !== undefined) throw refused
    return { workflow_id: id, exec_id: `${id}-${idempotencyKey}` }
  }
  return { start, runs, keys, mostOpen: () => mostOpen }
}

describe('startListeners', () => {
  it('Should start 300 listeners, at most 16 at a time, and answer in their order', async () => {
    const temporal = fakeTemporal()
    const started = await startListeners(many, event, temporal.start)
    expect(started.map(({ workflow_id }) => workflow_id)).toEqual(
      many.map((each) => each.workflow.id),
    )
    expect([temporal.mostOpen(), temporal.keys.size]).toEqual([16, 1])
  })

  it('Should repeat a start without an answer, and start its run once', async () => {
    const slow = fakeTemporal((id, tries) =>
      id.endsWith('7') && tries < 3 ? timeout() : undefined,
    )
    expect(await startListeners(many, event, slow.start)).toHaveLength(300)
    expect(slow.runs.size).toBe(300)
  })

  it('Should say how many it started where one has no answer, with the key for the others', async () => {
    const temporal = fakeTemporal((id) => (id === 'w107' ? timeout() : undefined))
    const failed = await startListeners(many, event, temporal.start).catch(
      (error: unknown) => error,
    )
    const [key] = [...temporal.keys]
    expect(failed).toMatchObject({
      code: 'temporal_timeout',
      message:
        'event "sent" started 299 of 300 runs: Temporal did not answer in time; publish it again ' +
        `with the idempotency key "${key}": it starts the others, and none twice`,
    })
    const again = { ...event, idempotencyKey: key! }
    const healthy = fakeTemporal()
    const runs = await startListeners(many, again, healthy.start)
    expect(new Set([...temporal.runs, ...runs.map(({ exec_id }) => exec_id)]).size).toBe(300)
  })

  it('Should give up soon where Temporal answers nobody', async () => {
    let tries = 0
    const start = () => {
      tries++
      return Promise.reject(timeout())
    }
    await expect(startListeners(many, event, start)).rejects.toThrow('started 0 of 300 runs')
    expect(tries).toBeLessThanOrEqual(2 * 16)
  })

  it('Should begin no more starts once it took too long', async () => {
    let now = 0
    const temporal = fakeTemporal()
    const start: typeof temporal.start = (listener, keyed) => {
      now += 1_000
      return temporal.start(listener, keyed)
    }
    await expect(startListeners(many, event, start, () => now)).rejects.toThrow(
      /^event "sent" started 26 of 300 runs: Temporal did not start the rest within 25 s; publish/,
    )
    expect(temporal.runs.size).toBe(26)
  })

  it('Should give a refusal that started nothing as it is', async () => {
    const conflict = new CompozyError('conflict', 'the key was used')
    const temporal = fakeTemporal(() => conflict)
    await expect(startListeners(many, event, temporal.start)).rejects.toBe(conflict)
    expect(temporal.runs.size).toBe(0)
  })
})
