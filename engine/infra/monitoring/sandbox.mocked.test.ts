import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Observation } from '../../core/observation.ts'

/** What the workflow tells the main thread, in order. */
const told: unknown[][] = []

/** What the SDK says of the run: it was created at 500, and its first task came at 900. */
const info = { startTime: new Date(500), runStartTime: new Date(900) }
let delay: number | undefined

class ContinueAsNew extends Error {}
class TemporalFailure extends Error {}

vi.mock('@temporalio/workflow', () => ({
  ContinueAsNew,
  TemporalFailure,
  workflowInfo: () => ({ ...info, cronScheduleToScheduleInterval: delay }),
  proxySinks: () =>
    new Proxy(
      {},
      {
        get: () =>
          new Proxy(
            {},
            {
              get:
                (_, name) =>
                (...args: unknown[]) =>
                  void told.push([name, ...args]),
            },
          ),
      },
    ),
}))

const { interceptors, observe } = await import('./sandbox.ts')

beforeEach(() => {
  told.length = 0
  delay = undefined
  vi.useFakeTimers({ now: 2_000 })
  const run = globalThis as { compozyRunObservations?: unknown; compozyRunResetAt?: unknown }
  delete run.compozyRunObservations
  delete run.compozyRunResetAt
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const nothing = () => undefined as never

/** The interceptors of one run that is executed with an argument. */
function runWith(start: unknown) {
  const { inbound, internals } = interceptors()
  const [run] = inbound!
  const conclude = (...commands: object[]): void => {
    const output = { commands } as never
    for (const { concludeActivation } of internals!) concludeActivation?.({} as never, () => output)
  }
  const execute = (result: () => Promise<unknown> = async () => 1) =>
    run!.execute!({ args: [start], headers: {} }, result)
  const signal = (result: () => Promise<void>) =>
    run!.handleSignal!({ args: [], signalName: 's', headers: {} }, result)
  const activate = (): void => {
    for (const each of internals!) each.activate?.({} as never, nothing)
  }
  return { execute, signal, conclude, activate }
}

describe('the interceptors of a run', () => {
  it('Should tell its start once, after its first workflow task, and its close', async () => {
    const run = runWith({})
    await run.execute()
    expect(told).toEqual([['loaded']])
    run.conclude({ scheduleActivity: {} })
    run.conclude({ completeWorkflowExecution: {}, failWorkflowExecution: null })
    expect(told.slice(1)).toEqual([['started'], ['closing', 'completed', 500, 2_000]])
  })

  it.each([
    ['failWorkflowExecution', 'failed'],
    ['cancelWorkflowExecution', 'canceled'],
    ['continueAsNewWorkflowExecution', 'continued_as_new'],
  ])('Should tell by its command how it closed: %s', async (command, kind) => {
    const run = runWith(undefined)
    await run.execute()
    run.conclude({ [command]: {} })
    expect(told.at(-1)).toEqual(['closing', kind, 500, 2_000])
  })

  it.each([
    ['from its creation without a delay of Temporal', undefined, 500],
    ['from the end of the delay', 300, 800],
    ['from its first workflow task where a signal ended the delay', 60_000, 900],
  ])('Should last %s', async (_, ms, start) => {
    delay = ms
    const run = runWith({})
    await run.execute()
    run.conclude({ completeWorkflowExecution: {} })
    expect(told.at(-1)).toEqual(['closing', 'completed', start, 2_000])
  })

  it('Should count from the first run of its chain, and tell no second start', async () => {
    const run = runWith({ carried: { startedAt: 100 } })
    await run.execute()
    run.conclude({ completeWorkflowExecution: {} })
    expect(told).toEqual([['loaded'], ['closing', 'completed', 100, 2_000]])
  })

  it('Should be the first of its chain where it repeats another run', async () => {
    const run = runWith({ carried: { startedAt: 100, repeats: true } })
    await run.execute()
    run.conclude({ completeWorkflowExecution: {} })
    expect(told.slice(1)).toEqual([['started'], ['closing', 'completed', 500, 2_000]])
  })

  it.each([
    ['its reset, not from the start that it repeats', {}, true, 1_700],
    ['its reset, not from the start of its chain', { carried: { startedAt: 100 } }, true, 1_700],
    ['its start without a reset', {}, false, 500],
  ])('Should last from %s', async (_, argument, isReset, start) => {
    vi.stubGlobal('__TEMPORAL_ACTIVATOR__', { random: Math.random })
    const run = runWith(argument)
    run.activate()
    await run.execute()
    vi.setSystemTime(1_700)
    if (isReset) vi.stubGlobal('__TEMPORAL_ACTIVATOR__', { random: () => 0 })
    run.activate()
    vi.setSystemTime(2_000)
    run.activate()
    run.conclude({ completeWorkflowExecution: {} })
    expect(told.at(-1)).toEqual(['closing', 'completed', start, 2_000])
  })

  it('Should tell of a workflow task that fails, and rethrow what failed it', async () => {
    const defect = new TypeError('a defect')
    const run = runWith({})
    await expect(run.execute(() => Promise.reject(defect))).rejects.toBe(defect)
    await expect(run.signal(() => Promise.reject(defect))).rejects.toBe(defect)
    expect(told).toEqual([['loaded'], ['taskFailed'], ['taskFailed']])
  })

  it('Should take the failure back where the error has closed the run', async () => {
    const run = runWith({})
    await expect(run.execute(() => Promise.reject(new TypeError('known')))).rejects.toThrow('known')
    run.conclude({ failWorkflowExecution: {} })
    expect(told).toEqual([
      ['loaded'],
      ['taskFailed'],
      ['taskConcluded'],
      ['started'],
      ['closing', 'failed', 500, 2_000],
    ])
    run.conclude({ respondToQuery: {} })
    expect(told).toHaveLength(5)
  })

  it.each([new TemporalFailure('failed'), new ContinueAsNew('on')])(
    'Should not tell of an error that closes the run: %s',
    async (closing) => {
      await expect(runWith({}).execute(() => Promise.reject(closing))).rejects.toBe(closing)
      expect(told).toEqual([['loaded']])
    },
  )
})

describe('the observations of a run', () => {
  const counted = (name: string): Observation => ({ type: 'custom_metric_failed', name })

  it('Should come in one call a workflow task, numbered through', () => {
    const { conclude } = runWith({})
    observe(counted('a'))
    observe(counted('b'))
    conclude()
    observe(counted('c'))
    conclude()
    conclude()
    expect(told.filter(([name]) => name === 'observed')).toEqual([
      ['observed', 0, [counted('a'), counted('b')]],
      ['observed', 2, [counted('c')]],
    ])
  })

  it('Should be followed by the next workflow task once, which shows that they were accepted', () => {
    const { conclude, activate } = runWith({})
    activate()
    observe(counted('a'))
    conclude()
    activate()
    activate()
    expect(told.filter(([name]) => name === 'continued')).toHaveLength(1)
  })
})
