import { beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../core/logger.ts'
import { guardThread, ThreadGuard } from './thread-guard.ts'

/** What the SDK makes of a step that failed. */
const failure = (message: string) => ({ failed: { failure: { message } } })
const timeOut = failure('Script execution timed out after 5000ms')

/** CPU time of the process, ms. */
let cpu = 0
const cpuMs = (): number => cpu

const held = async () => {
  cpu += 1_000
  return timeOut
}
const heldQuery = async (): Promise<never> => {
  cpu += 1_000
  throw new Error('Script execution timed out after 5000ms')
}
const failed = async () => failure('a defect')
const done = async () => ({})

const runOf = (workflowType: string, number: number) => ({
  runId: `${workflowType}-${number}`,
  workflowId: `id-${number}`,
  workflowType,
})

describe('ThreadGuard', () => {
  let now = 0
  let guard: ThreadGuard
  beforeEach(() => {
    now = 0
    guard = new ThreadGuard({ logger: silentLogger, now: () => now, cpuMs })
  })
  const hold = (workflowType: string, number: number): Promise<unknown> =>
    guard.run(runOf(workflowType, number), held).catch(() => undefined)

  it('Should give the thread four steps at a time, and the others in their order', async () => {
    const order: number[] = []
    const ends: (() => void)[] = []
    const all = Array.from({ length: 6 }, (_, number) =>
      guard.run(runOf('any', number), () => {
        order.push(number)
        return new Promise<object>((end) => ends.push(() => end({})))
      }),
    )
    await Promise.resolve()
    expect(order).toEqual([0, 1, 2, 3])
    ends[2]!()
    await all[2]
    await Promise.resolve()
    expect(order).toEqual([0, 1, 2, 3, 4])
    for (const end of ends) end()
    await all[4]
    ends.at(-1)!()
    await Promise.all(all)
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('Should hold back a run whose step held the thread, and no other', async () => {
    await hold('bad', 1)
    await expect(guard.run(runOf('bad', 1), done)).rejects.toThrow(/^held back: steps of bad took/)
    await expect(guard.run(runOf('bad', 2), done)).resolves.toEqual({})
    await expect(guard.run(runOf('good', 1), done)).resolves.toEqual({})
  })

  it('Should not probe again at once after a probe that was rejected for holding the thread', async () => {
    await hold('bad', 1)
    now = 45_000
    await expect(guard.run(runOf('bad', 1), heldQuery)).rejects.toThrow('timed out')
    await expect(guard.run(runOf('bad', 1), done)).rejects.toThrow('held back')
    now = 90_000
    await expect(guard.run(runOf('bad', 1), done)).resolves.toEqual({})
  })

  it('Should not hold back a run whose step fails in another way', async () => {
    await guard.run(runOf('bad', 1), failed)
    await expect(guard.run(runOf('bad', 1), done)).resolves.toEqual({})
  })

  it('Should not hold back a run whose step took long because the machine stood still', async () => {
    const stopped = async () => {
      now += 5_000
      cpu += 999
      return timeOut
    }
    await guard.run(runOf('good', 1), stopped)
    await guard.run(runOf('good', 2), stopped)
    await expect(guard.run(runOf('good', 1), done)).resolves.toEqual({})
  })

  it('Should read the CPU time once for steps that start within 50 ms, and again after that', async () => {
    let readings = 0
    const counted = () => (readings++, cpu)
    const counting = new ThreadGuard({ logger: silentLogger, now: () => now, cpuMs: counted })
    for (const at of [0, 20, 50]) {
      now = at
      await counting.run(runOf('good', at), done)
    }
    expect(readings).toBe(1)
    now = 51
    await counting.run(runOf('good', 51), done)
    expect(readings).toBe(2)
  })

  it('Should not take the CPU of steps long before for that of one that stood still', async () => {
    cpu += 900
    await guard.run(runOf('good', 1), done)
    now += 51
    cpu += 1_000
    const stopped = async () => ((now += 5_000), timeOut)
    await guard.run(runOf('good', 2), stopped)
    await expect(guard.run(runOf('good', 2), done)).resolves.toEqual({})
  })

  it('Should hold back a run whose query held the thread', async () => {
    await expect(guard.run(runOf('bad', 1), heldQuery)).rejects.toThrow(/^Script execution/)
    await expect(guard.run(runOf('bad', 1), done)).rejects.toThrow(/^held back/)
  })

  it('Should hold back every run of a workflow after two of its runs', async () => {
    await hold('bad', 1)
    await hold('bad', 2)
    await expect(guard.run(runOf('bad', 3), done)).rejects.toThrow(/^held back/)
    await expect(guard.run(runOf('good', 1), done)).resolves.toEqual({})
  })

  it('Should not hand the thread steps that wait once their workflow is suspect', async () => {
    const steps = Array.from({ length: 20 }, (_, number) => {
      const counted = { started: 0 }
      const ended = guard.run(runOf('bad', number), () => (counted.started++, held()))
      return { counted, ended: ended.catch(() => undefined) }
    })
    await Promise.all(steps.map(({ ended }) => ended))
    expect(steps.reduce((sum, { counted }) => sum + counted.started, 0)).toBeLessThanOrEqual(5)
  })

  it('Should try one step of the suspects again after 45 s, and hold them back if it holds the thread', async () => {
    await hold('bad', 1)
    await hold('bad', 2)
    now = 44_999
    await expect(guard.run(runOf('bad', 2), done)).rejects.toThrow(/^held back/)
    now = 45_000
    await expect(guard.run(runOf('bad', 1), held)).resolves.toBe(timeOut)
    await expect(guard.run(runOf('bad', 2), done)).rejects.toThrow(/^held back/)
  })

  it('Should try only one suspect at a time', async () => {
    await hold('bad', 1)
    now = 45_000
    const first = guard.run(runOf('bad', 1), done)
    await expect(guard.run(runOf('bad', 1), done)).rejects.toThrow(/^held back/)
    await expect(first).resolves.toEqual({})
  })

  it('Should suspect a workflow no longer once a step of it completes', async () => {
    await hold('bad', 1)
    await hold('bad', 2)
    now = 45_000
    await guard.run(runOf('bad', 2), done)
    for (const number of [1, 2, 3])
      await expect(guard.run(runOf('bad', number), done)).resolves.toEqual({})
  })
})

describe('guardThread', () => {
  const guard = () => new ThreadGuard({ logger: silentLogger, now: () => 0, cpuMs })

  it('Should guard the steps of the runs that the worker makes sandboxes for', async () => {
    let step: () => Promise<object> = held
    const loaded: string[] = []
    const sandbox = { activate: () => step() }
    const worker = { workflowCreator: { createWorkflow: async (_: object) => sandbox } }
    expect(guardThread(worker, guard(), ({ runId }) => loaded.push(runId))).toBe(true)
    const made = await worker.workflowCreator.createWorkflow({ info: runOf('bad', 1) })
    await expect(made.activate()).resolves.toBe(timeOut)
    expect(loaded).toEqual(['bad-1'])
    step = done
    await expect(made.activate()).rejects.toThrow(/^held back/)
  })

  it('Should say so when the SDK hides its sandboxes', () => {
    expect(guardThread({}, guard(), () => undefined)).toBe(false)
    expect(guardThread({ workflowCreator: {} }, guard(), () => undefined)).toBe(false)
  })
})
