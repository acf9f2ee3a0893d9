import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readHistory } from '../../../../test/histories/history.ts'
import type { TaskView } from '../../../definition/run-protocol.ts'
import type { RunRecords, TaskRecord } from '../../../definition/run-records.ts'
import { tasksOfFailure, tasksOfResult } from '../executions/run-history.ts'
import { Journal } from './journal.ts'
import { createRunReplay } from './replay.ts'
import {
  arrayFromPayloads,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common'

const folder = join(import.meta.dirname, '../../../../test/histories')

/** What the recorded histories of a chain tell. */
function recordsOf(...names: string[]): RunRecords {
  const journal = new Journal()
  for (const name of names) {
    const { events = [] } = readHistory(readFileSync(join(folder, `${name}.json`), 'utf8'))
    const { workflowId } = events![0]!.workflowExecutionStartedEventAttributes!
    const replay = createRunReplay(workflowId!, journal)
    for (const event of events!) replay.take(event)
  }
  return journal.read()
}

const taskOf = (records: RunRecords, id: string, visit = 1): TaskRecord =>
  records.tasks.find((task) => task.id === id && task.visit === visit)!

/** The task states that the run itself kept when it closed. */
function statesOf(name: string): Readonly<Record<string, TaskView>> {
  const { events = [] } = readHistory(readFileSync(join(folder, `${name}.json`), 'utf8'))
  const last = events!.at(-1)!
  const completed = last.workflowExecutionCompletedEventAttributes
  const failure = last.workflowExecutionFailedEventAttributes?.failure
  const states = failure
    ? tasksOfFailure(defaultFailureConverter.failureToError(failure, defaultPayloadConverter))
    : tasksOfResult(arrayFromPayloads(defaultPayloadConverter, completed?.result?.payloads)[0])
  return states ?? {}
}

/** Status and attempts by path, of tasks that started. */
function summaryOf(states: Readonly<Record<string, TaskView>>, prefix = ''): [string, string][] {
  return Object.entries(states).flatMap(([id, { status, attempts, tasks = {} }]) => [
    ...(status === 'pending'
      ? []
      : [[`${prefix}${id}`, `${status} ${attempts}`] as [string, string]]),
    ...summaryOf(tasks, `${prefix}${id}/`),
  ])
}

const closed = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !/cancel|continue-as-new-1|hop-inside-1/.test(name))
  .map((name) => name.replace('.json', ''))

describe('replay of a history', () => {
  it.each(closed)('Should tell the statuses and attempts that the run itself kept: %s', (name) => {
    const { tasks } = recordsOf(name)
    const latest = new Map(
      tasks.map(({ id, status, attempt_count }) => [id, `${status} ${attempt_count}`]),
    )
    const expected = summaryOf(statesOf(name))
    expect(expected.length).toBeGreaterThan(0)
    const replayed = expected.filter(([id]) => latest.has(id))
    expect(replayed.map(([id]) => [id, latest.get(id)])).toEqual(replayed)
    // Tasks that ended in an earlier run of the chain are not in the history of a later one.
    const mayMiss = /-[2-9]$/.test(name) ? expected.length : 0
    expect(expected.length - replayed.length).toBeLessThanOrEqual(mayMiss)
  })

  it('Should tell input, output and the route of a task', () => {
    const records = recordsOf('router')
    expect(taskOf(records, 'inline/three')).toMatchObject({
      input: { text: 'three' },
      output: { text: 'THREE' },
    })
    expect(taskOf(records, 'onward')).toMatchObject({ output: { route: 'true' }, next: 'end' })
    expect(taskOf(records, 'end').next).toBeNull()
  })

  it('Should tell the attempts that a retry made good, with their errors and times', () => {
    const { attempts, status } = taskOf(recordsOf('basic'), 'try')
    expect(status).toBe('completed')
    expect(attempts.map(({ attempt, error }) => [attempt, error === null])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    for (const { started_at, ended_at } of attempts)
      expect(ended_at).toBeGreaterThanOrEqual(started_at)
  })

  it('Should tell the signals that a wait took, refused ones too', () => {
    const records = recordsOf('wait')
    const { signals } = taskOf(records, 'decide')
    expect(signals).toMatchObject([
      { name: 'decision', payload: { ok: false, by: 'Ada' }, refused: true },
      { name: 'decision', payload: { ok: true, by: 'Bob' } },
    ])
    expect(signals[1]).not.toHaveProperty('refused')
    const { history } = records
    const taken = history.filter(({ type, task }) => type === 'signal_taken' && task === 'decide')
    expect(taken.map(({ refused }) => refused)).toEqual([true, undefined])
    expect(history.filter(({ type }) => type === 'signal_received')).toHaveLength(3)
    expect(taskOf(records, 'over').signals).toEqual([])
  })

  it('Should tell the runs that a task started, and only those', () => {
    const records = recordsOf('workflow')
    const { children, error } = taskOf(records, 'failing')
    expect(children).toEqual([
      { workflow_id: expect.any(String), exec_id: expect.stringMatching(/\.failing$/) },
    ])
    expect(error).toMatchObject({ type: 'ChildFailed' })
    expect(taskOf(records, 'done').children).toEqual([])
  })

  it('Should tell the run of each attempt, by the names of the engine that began the run', () => {
    const namesOf = (...[name, id]: [string, string]) =>
      taskOf(recordsOf(name), id).children.map(({ exec_id }) => exec_id.replace(/^[^.]+/, ''))
    expect(namesOf('child-attempts', 'both/a')).toEqual(['.both.a', '.both.a~1~2'])
    expect(namesOf('child-attempts', 'both/a-2')).toEqual(['.both.a-2'])
    const path = 'all/workflow-branch/in-workflow/workflow'
    expect(namesOf('hop-in-parallel-3', path)).toEqual([`.${path.replaceAll('/', '.')}-2`])
  })

  it('Should join the runs of a chain, each round of a loop once', () => {
    const { tasks } = recordsOf('continue-as-new-1', 'continue-as-new-2')
    const rounds = tasks.filter(({ id }) => id === 'call').map(({ visit }) => visit)
    expect(rounds).toEqual(Array.from({ length: rounds.length }, (_, index) => index + 1))
    expect(rounds.length).toBeGreaterThan(30)
    expect(tasks.every(({ status }) => status !== 'running')).toBe(true)
  })

  it('Should tell an attempt that goes on in the next run of a chain once', () => {
    const { tasks } = recordsOf('hop-inside-1', 'hop-inside-2')
    const attempts = tasks.map(({ id, attempts: all }) => [id, all.map(({ attempt }) => attempt)])
    expect(attempts).toEqual(
      tasks.map(({ id, attempt_count: count }) => [
        id,
        Array.from({ length: count }, (_, index) => index + 1),
      ]),
    )
    const ended = tasks.filter(({ status }) => status !== 'running')
    expect(ended.flatMap(({ attempts: all }) => all.map(({ ended_at }) => ended_at))).not.toContain(
      null,
    )
  })

  it('Should tell a canceled run up to its end', () => {
    const { tasks, history } = recordsOf('cancel')
    expect(tasks.map(({ status }) => status)).toEqual(tasks.map(() => 'canceled'))
    expect(history.map(({ type }) => type)).toContain('cancel_requested')
  })
})
