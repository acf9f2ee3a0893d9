import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readHistory } from '../../../../test/histories/history.ts'
import { joinAnswers } from '../../../../test/histories/join-answers.ts'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import type { TaskView } from '../../../definition/run-protocol.ts'
import type { RunRecords, TaskRecord } from '../../../definition/run-records.ts'
import { tasksOfFailure, tasksOfResult } from '../executions/run-history.ts'
import { Journal } from './journal.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import { valueOf } from './history-event.ts'
import { createRunReplay } from './replay.ts'
import { createUuids } from './workflow-random.ts'
import {
  arrayFromPayloads,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common'

const folder = join(import.meta.dirname, '../../../../test/histories')

const files = readdirSync(folder).filter((name) => /\.json(\.gz)?$/.test(name))

/** The events of a recorded history, compressed or not. */
function eventsIn(name: string): readonly TemporalEvent[] {
  const file = files.find((each) => each.replace(/\.json(\.gz)?$/, '') === name)!
  const bytes = readFileSync(join(folder, file))
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return readHistory(text).events!
}

/** What the histories of a chain tell. */
function recordsIn(chain: readonly (readonly TemporalEvent[])[]): RunRecords {
  const journal = new Journal()
  for (const events of chain) {
    const { workflowId } = events[0]!.workflowExecutionStartedEventAttributes!
    const replay = createRunReplay(workflowId!, journal)
    for (const event of events) replay.take(event)
  }
  return journal.read()
}

/** What the recorded histories of a chain tell. */
const recordsOf = (...names: string[]): RunRecords => recordsIn(names.map(eventsIn))

const taskOf = (records: RunRecords, id: string, visit = 1): TaskRecord =>
  records.tasks.find((task) => task.id === id && task.visit === visit)!

/** The task states that the run itself kept when it closed. */
function statesOf(name: string): Readonly<Record<string, TaskView>> {
  const last = eventsIn(name).at(-1)!
  const completed = last.workflowExecutionCompletedEventAttributes
  const failure = last.workflowExecutionFailedEventAttributes?.failure
  const states = failure
    ? tasksOfFailure(defaultFailureConverter.failureToError(failure, defaultPayloadConverter))
    : tasksOfResult(arrayFromPayloads(defaultPayloadConverter, completed?.result?.payloads)[0])
  return states ?? {}
}

/** What the worker gave to a tool, as Temporal recorded it. */
interface RecordedCall {
  readonly taskId: string
  readonly input: JsonValue
  /** The same for all attempts, also in the next run of a chain. */
  readonly idempotencyKey: string
}

/** By task: what its calls got, each round of a loop once. */
function inputsByTask(calls: readonly Omit<RecordedCall, 'idempotencyKey'>[]) {
  const byTask: Record<string, JsonValue[]> = {}
  for (const { taskId, input } of calls) (byTask[taskId] ??= []).push(input)
  return byTask
}

/** The inputs that tools got in a chain of runs, by task. */
function inputsGiven(chain: readonly (readonly TemporalEvent[])[]) {
  const calls = new Map<string, RecordedCall>()
  for (const { activityTaskScheduledEventAttributes: scheduled } of chain.flat()) {
    const call = valueOf(scheduled?.input?.payloads) as RecordedCall | null
    if (call?.taskId !== undefined) calls.set(call.idempotencyKey, call)
  }
  return inputsByTask([...calls.values()])
}

/** The inputs of the same tasks, as the records tell them. */
function inputsTold({ tasks }: RunRecords, told: ReturnType<typeof inputsGiven>) {
  const called = tasks.filter(({ id }) => told[id] !== undefined)
  return inputsByTask(called.map(({ id: taskId, input }) => ({ taskId, input })))
}

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g

/** The recorded chains of runs, each with its hops in order. */
const chains = new Map<string, string[]>()
for (const file of files.toSorted()) {
  const name = file.replace(/\.json(\.gz)?$/, '')
  const chain = name.replace(/-\d$/, '')
  chains.set(chain, [...(chains.get(chain) ?? []), name])
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

const closed = files
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

  it.each([...chains])('Should tell the inputs that the tools got: %s', (_, names) => {
    const chain = names.map(eventsIn)
    const given = inputsGiven(chain)
    expect(inputsTold(recordsIn(chain), given)).toEqual(given)
  })

  it('Should tell the UUIDs that a run drew, over the hops of its chain', () => {
    const { tasks } = recordsOf('uuid-1', 'uuid-2')
    const drawn = tasks.flatMap(({ output }) => JSON.stringify(output).match(uuids) ?? [])
    expect(new Set(drawn).size).toBe(72)
    const keys = tasks.filter(({ id }) => id === 'key').map(({ output }) => output)
    const calls = tasks.filter(({ id }) => id === 'call').map(({ input }) => input)
    expect(keys.map((key) => (key as JsonObject)['id'])).toEqual(
      calls.map((call) => (call as JsonObject)['key']),
    )
  })

  it('Should draw by the id of the new run after a reset, and by no other failed workflow task', () => {
    const runId = '3d9f2f0e-94a5-4b0f-8a53-1f1f6c2a7e10'
    const events = eventsIn('uuid-1')
    const at = events.findIndex((event) => event.activityTaskCompletedEventAttributes)
    const keysAfter = (failed: TemporalEvent): readonly JsonValue[] => {
      const { tasks } = recordsIn([events.toSpliced(at + 1, 0, failed)])
      return tasks.flatMap(({ id, output }) => (id === 'key' ? (output as JsonObject)['id']! : []))
    }
    const kept = keysAfter({ workflowTaskFailedEventAttributes: {} })
    const reset = keysAfter({ workflowTaskFailedEventAttributes: { newRunId: runId } })
    expect(kept[1]).toBe((inputsGiven([events])['call']![1] as JsonObject)['key'])
    expect(reset[0]).toBe(kept[0])
    expect(reset[1]).toBe(createUuids(runId)())
  })

  it.each(['timer', 'tool'] as const)(
    'Should take what ended before one workflow task in the order of the workflow, the %s first',
    (answer) => {
      const events = eventsIn('answers')
      const order = { answer, command: 'tool' } as const
      const records = recordsIn([joinAnswers({ events: [...events] }, order).events!])
      const { originalExecutionRunId } = events[0]!.workflowExecutionStartedEventAttributes!
      const draw = createUuids(originalExecutionRunId!)
      expect(taskOf(records, 'both/called/after').input).toEqual({ text: draw() })
      expect(taskOf(records, 'both/timed/after').input).toEqual({ text: draw() })
    },
  )

  it('Should take it in the order in which it ended where a workflow task came between', () => {
    const [event] = eventsIn('answers')
    const { originalExecutionRunId } = event!.workflowExecutionStartedEventAttributes!
    const draw = createUuids(originalExecutionRunId!)
    const records = recordsOf('answers')
    expect(taskOf(records, 'both/timed/after').input).toEqual({ text: draw() })
    expect(taskOf(records, 'both/called/after').input).toEqual({ text: draw() })
  })

  it('Should take a request to cancel before the end of a tool in the same workflow task', () => {
    const events = eventsIn('answers')
    const at = events.findIndex((event) => event.timerFiredEventAttributes)
    const later = (name: keyof TemporalEvent) => events.findLast((event) => event[name])!
    const [, started] = events.filter((event) => event.activityTaskStartedEventAttributes)
    const [, completed] = events.filter((event) => event.activityTaskCompletedEventAttributes)
    const ends = (between: readonly TemporalEvent[]) => {
      const task = later('workflowTaskCompletedEventAttributes')
      return recordsIn([[...events.slice(0, at), started!, completed!, ...between, task]])
    }
    const cancel: TemporalEvent = { workflowExecutionCancelRequestedEventAttributes: {} }
    expect(taskOf(ends([cancel]), 'both/called/nap').status).toBe('canceled')
    expect(taskOf(ends([]), 'both/called/nap').status).toBe('completed')
  })

  it('Should tell the child that a UUID names', () => {
    const { tasks, history } = recordsOf('uuid-1', 'uuid-2')
    const [exec_id] = eventsIn('uuid-2').flatMap(
      ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId ?? [],
    )
    expect(exec_id).toMatch(/^aggregate-[0-9a-f-]{36}$/)
    expect(tasks.flatMap(({ children }) => children)).toEqual([
      { workflow_id: 'aggregate', exec_id },
    ])
    expect(history.filter(({ type }) => type === 'child_started')).toMatchObject([{ exec_id }])
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

  it.each([
    ['childWorkflowExecutionCanceledEventAttributes', 'it was canceled'],
    ['childWorkflowExecutionTerminatedEventAttributes', 'it was terminated'],
    ['childWorkflowExecutionTimedOutEventAttributes', 'it timed out'],
  ])('Should tell by %s what the worker tells: %s', (attributes, message) => {
    const events = eventsIn('workflow').map((event): TemporalEvent => {
      const { childWorkflowExecutionFailedEventAttributes: failed, ...rest } = event
      if (!failed) return event
      return { ...rest, [attributes]: { initiatedEventId: failed.initiatedEventId } }
    })
    const { error } = taskOf(recordsIn([events]), 'failing')
    expect(error?.message).toMatch(new RegExp(`\\.failing\\): ${message}$`))
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
