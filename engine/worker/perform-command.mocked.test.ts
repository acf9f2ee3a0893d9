import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../definition/run-protocol.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import type { DispatchedCommand } from '../infra/temporal/command-errors.ts'
import { createFlight } from './perform-command.ts'

/** What the SDK has done: activities scheduled, asked to cancel, and how each one ends. */
const sdk = vi.hoisted(() => ({
  log: [] as string[],
  ends: new Map<string, (result: object) => void>(),
  refuses: false,
}))

vi.mock('@temporalio/workflow', () => {
  /** As much of the SDK's scope as its activities need. */
  class CancellationScope {
    static active: CancellationScope
    cancellable = true
    cancelRequested = new Promise<never>(() => undefined)
    run<T>(perform: () => Promise<T>): Promise<T> {
      CancellationScope.active = this
      return this.runInContext(perform)
    }
    protected runInContext<T>(perform: () => Promise<T>): Promise<T> {
      return perform()
    }
  }
  const schedule = (input: { taskId: string }): Promise<object> => {
    if (sdk.refuses) throw new TypeError('the SDK refuses the options')
    const { taskId } = input
    return new Promise((resolve) => {
      void CancellationScope.active.cancelRequested.catch(() => sdk.log.push(`cancel ${taskId}`))
      sdk.log.push(`schedule ${taskId}`)
      sdk.ends.set(taskId, resolve)
    })
  }
  return {
    CancellationScope,
    proxyActivities: () => ({ echo: schedule }),
    proxyLocalActivities: () => ({}),
    proxySinks: () => ({}),
  }
})
vi.mock('../infra/monitoring/sandbox.ts', () => ({ observe: () => undefined }))

const call = (seq: number): DispatchedCommand => ({
  type: 'call_tool',
  seq,
  tool: 'echo',
  input: null,
  env: {},
  taskEnv: {},
  timeoutMs: 1,
  taskId: `t${seq}`,
  attempt: 1,
  idempotencyKey: `run/t${seq}`,
})

function begin() {
  const answers: (RunEvent | undefined)[] = []
  const start = { definition: { id: 'w' } } as RunStart
  const flight = createFlight({ start, revision: 7 }, (read) => void answers.push(read()))
  return { flight, answers }
}

const settled = () => new Promise(setImmediate)

beforeEach(() => {
  sdk.log.length = 0
  sdk.ends.clear()
  sdk.refuses = false
})

describe('tool calls in flight', () => {
  it('Should be canceled alone, and pass on nothing after it', async () => {
    const { flight, answers } = begin()
    for (const seq of [1, 2, 3]) flight.start(call(seq))
    flight.cancel(2)
    await settled()
    expect(sdk.log).toEqual(['schedule t1', 'schedule t2', 'schedule t3', 'cancel t2'])
    for (const id of ['t1', 't2', 't3']) sdk.ends.get(id)!({ ok: true, output: id })
    await settled()
    expect(answers).toEqual([
      { type: 'resolved', seq: 1, value: 't1' },
      undefined,
      { type: 'resolved', seq: 3, value: 't3' },
    ])
  })

  it('Should be canceled after what is scheduled in the same step, as histories have it', async () => {
    const { flight } = begin()
    flight.start(call(1))
    flight.cancel(1)
    flight.start(call(2))
    await settled()
    expect(sdk.log).toEqual(['schedule t1', 'schedule t2', 'cancel t1'])
  })

  it('Should not be canceled once they are answered, nor twice', async () => {
    const { flight } = begin()
    for (const seq of [1, 2]) flight.start(call(seq))
    sdk.ends.get('t1')!({ ok: true, output: null })
    await settled()
    for (const seq of [1, 2, 2, 9]) flight.cancel(seq)
    await settled()
    expect(sdk.log).toEqual(['schedule t1', 'schedule t2', 'cancel t2'])
  })

  it('Should not cancel another one in place of one that could not begin', async () => {
    const { flight, answers } = begin()
    flight.start(call(1))
    sdk.refuses = true
    flight.start(call(2))
    flight.cancel(2)
    await settled()
    expect(sdk.log).toEqual(['schedule t1'])
    expect(answers).toEqual([undefined])
  })
})
