import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { limits } from '../../core/limits.ts'
import type { TaskError } from '../../core/task-error.ts'
import { playCase, type LanguageCase } from '../testing/cases.ts'
import type { PlayedRun } from '../testing/play.ts'

const large = 'x'.repeat(limits.unaskedBytes)
const noRoom: TaskError = {
  type: 'LimitExceeded',
  message: 'the history of run p, which started it, is 43,995,000 bytes',
}

/** Plays a child run that returns `output`, or fails with it as its message. */
function playChild(testCase: Omit<Partial<LanguageCase>, 'should'>): PlayedRun {
  return playCase({
    should: '',
    trigger: { type: 'workflow', name: 'parent' },
    tasks: [{ id: 'a', tool: 'give' }],
    ...testCase,
  })
}

const parallel = (id: string, tasks: readonly JsonObject[]): JsonObject => ({
  id,
  type: 'parallel',
  tasks,
  outputs: { done: true },
})
const leaves = Array.from({ length: 50 }, (_, i) => ({
  id: `${'x'.repeat(60)}-${i}`,
  tool: 'give',
}))

const giving = (value: string) => ({ give: () => ({ value }) })
const failing = (message: string) => ({
  give: () => ({ error: { type: 'ToolError:Boom', message, cause: { stack: large } } as const }),
})
const asked = ({ commands }: PlayedRun) => commands.filter(({ type }) => type === 'ask_parent_room')
const counted = ({ observations }: PlayedRun) =>
  observations.filter(({ type }) => type === 'limit_exceeded')

describe('the result of a child run', () => {
  it('Should be sent once its parent has room for it', () => {
    const run = playChild({ tools: giving(large) })
    expect(run).toMatchObject({ type: 'complete', output: large })
    expect(asked(run)).toMatchObject([{ bytes: expect.any(Number) as number }])
    expect(counted(run)).toEqual([])
  })

  it('Should fail the child as LimitExceeded when its parent has none, and count once', () => {
    const run = playChild({ tools: giving(large), answer: () => ({ error: noRoom }) })
    expect(run).toMatchObject({
      type: 'fail',
      error: {
        type: 'LimitExceeded',
        message: `test.yaml: the run's result is 12,002 bytes, and ${noRoom.message}`,
        cause: { bytes: 12_002, limit: limits.historyWithOutputBytes, parent: 'parent' },
      },
    })
    expect(run.commands.at(-1)).toMatchObject({ leavesOutStates: true })
    expect(counted(run)).toEqual([{ type: 'limit_exceeded', limit: 'history' }])
  })

  it('Should be sent when nobody can tell', () => {
    const error: TaskError = { type: 'TaskTimeout', message: 'no answer' }
    const run = playChild({ tools: giving(large), answer: () => ({ error }) })
    expect(run).toMatchObject({ type: 'complete', output: large })
  })

  it('Should be sent without a question when it is small', () => {
    expect(asked(playChild({ tools: giving('small') }))).toEqual([])
  })

  it('Should be asked about from one byte more than what needs no question', () => {
    /** The bytes asked about by a run with so many tasks and one whose id has so many letters. */
    const bytesWith = (count: number, length: number): number | undefined => {
      const right = [...leaves.slice(0, count), { id: 'y'.repeat(length), tool: 'give' }]
      const tasks = [parallel('a', [parallel('left', leaves), parallel('right', right)])]
      const [question] = asked(playChild({ tasks, tools: giving('small') }))
      return question !== undefined && 'bytes' in question ? question.bytes : undefined
    }
    expect(bytesWith(18, 54)).toBeUndefined()
    expect(bytesWith(18, 55)).toBe(limits.unaskedBytes + 1)
  })

  it('Should be sent without a question by a run that no other started, or an older engine', () => {
    const tools = giving(large)
    expect(asked(playChild({ tools, trigger: { type: 'api' } }))).toEqual([])
    expect(asked(playChild({ tools, revision: 3 }))).toEqual([])
    expect(asked(playChild({ tools, revision: 4 }))).toHaveLength(1)
  })

  it('Should be sent without the states of the tasks, where only these have no room', () => {
    const tasks = [parallel('a', [parallel('left', leaves), parallel('right', leaves)])]
    const run = playChild({ tasks, tools: giving('small'), answer: () => ({ error: noRoom }) })
    expect(asked(run)).toHaveLength(1)
    expect(run).toMatchObject({ type: 'complete', output: { done: true } })
    expect(run.commands.at(-1)).toMatchObject({ leavesOutStates: true })
    expect(counted(run)).toEqual([])
    const told = playChild({ tasks, tools: giving('small') })
    expect(asked(told)).toHaveLength(1)
    expect(told.commands.at(-1)).not.toHaveProperty('leavesOutStates')
  })

  it('Should keep the type and the message of a failure, where its cause has no room', () => {
    const run = playChild({ tools: failing('it broke'), answer: () => ({ error: noRoom }) })
    expect(run.error).toEqual({
      type: 'ToolError:Boom',
      message: 'it broke',
      task: 'a',
      attempts: 1,
    })
    expect(run.commands.at(-1)).toMatchObject({ leavesOutStates: true })
    expect(counted(run)).toEqual([])
    const told = playChild({ tools: failing('it broke') })
    expect(told.error?.cause).toEqual({ stack: large })
    expect(told.commands.at(-1)).not.toHaveProperty('leavesOutStates')
  })

  it('Should not be asked for again when the history is long', () => {
    const run = playChild({ tools: giving(large), isLong: () => 'due' })
    expect(run).toMatchObject({ type: 'complete', output: large })
    expect(asked(run)).toHaveLength(1)
  })

  it('Should not keep a run from being canceled', () => {
    const run = playChild({
      tools: giving(large),
      answer: () => ({ after: 50, value: null }),
      events: [{ at: 10, event: { type: 'cancel_requested' } }],
    })
    expect(run.type).toBe('canceled')
  })
})
