import { describe, expect, it } from 'vitest'
import { limits } from '../core/limits.ts'
import type { InterpreterRevision } from '../definition/run-protocol.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import { createContinueAsNew } from './continue-as-new.ts'
import type { RunSnapshot } from './snapshot/run-snapshot.ts'
import { compileTest } from './testing/compile.ts'
import { createSiblings } from './task/task-progress.ts'

const definition = compileTest({ tasks: [{ id: 'a', tool: 'echo' }] })
const start: RunStart = { definition, sha256: '', input: null, trigger: { type: 'api' } }

/** Where a run stands whose task gave this output. */
function snapshotWith(output: string): RunSnapshot {
  const level = createSiblings(definition.tasks)
  const record = {
    type: 'basic',
    visit: 1,
    startedAt: 0,
    status: 'completed',
    attempts: 1,
  } as const
  level.records.set('a', { ...record, output })
  const position = { following: { id: 'a', arrival: { input: {} } }, passed: 1, sleeps: false }
  return { startedAt: 0, position, hasStarted: true, lastRank: 0, level, signals: [] }
}

/** The decision of a run with this many open child runs, and what ends its patience. */
function decisionWith(count: number, revision: InterpreterRevision = 5) {
  let isOpen = true
  const timers: (() => void)[] = []
  const decision = createContinueAsNew(
    start,
    {
      openChildCount: () => count,
      openCount: () => count,
      openNow: () => () => isOpen,
      send: () => (resume) => {
        timers.push(() => resume(null))
        return () => undefined
      },
    },
    revision,
  )
  const end = (): void => {
    isOpen = false
  }
  return { decision, timers, end }
}
const withChildren = (count: number) => decisionWith(count).decision
const small = snapshotWith('x')
const tooLarge = snapshotWith('x'.repeat(limits.carriedBytes))

describe('continuing as new', () => {
  it('Should be due when the history is long, and wait for children until it is really long', () => {
    const due = (children: number) =>
      (['short', 'long', 'due', 'full'] as const).map((length) =>
        withChildren(children).isDue(length),
      )
    expect(due(0)).toEqual([false, true, true, true])
    expect(due(1)).toEqual([false, false, true, true])
  })

  it('Should let a run go on after a minute, until what was open has ended or the history is full', () => {
    const { decision, timers, end } = decisionWith(1)
    let goes = 0
    const goOn = (): number => ++goes
    decision.waitFor('due', goOn)
    decision.waitFor('due', goOn)
    expect([timers.length, goes, decision.isDue('due')]).toEqual([1, 0, true])
    timers[0]!()
    expect([goes, decision.isDue('due'), decision.isDue('full')]).toEqual([1, false, true])
    end()
    expect(decision.isDue('due')).toBe(true)
    decision.waitFor('due', goOn)
    expect(timers).toHaveLength(2)
  })

  it.each([
    ['nothing is open', decisionWith(0), 'due'],
    ['the history is full', decisionWith(1), 'full'],
    ['an older engine began the run', decisionWith(1, 4), 'due'],
  ] as const)('Should not wait where %s', (_, { decision, timers }, history) => {
    decision.waitFor(history, () => expect.unreachable())
    expect(timers).toEqual([])
  })

  it('Should carry what fits', () => {
    const decision = withChildren(0)
    expect(decision.endWith(small, 'long')).toMatchObject({ type: 'continue_as_new' })
    expect(decision.isDue('long')).toBe(true)
  })

  it('Should not be tried again with what does not fit, and fail the run when its history is full', () => {
    const decision = withChildren(0)
    expect(decision.endWith(tooLarge, 'due')).toBeUndefined()
    expect((['short', 'long', 'due', 'full'] as const).map(decision.isDue)).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(decision.endWith(tooLarge, 'full')).toMatchObject({
      type: 'fail',
      error: { type: 'LimitExceeded', task: 'a' },
    })
  })
})
