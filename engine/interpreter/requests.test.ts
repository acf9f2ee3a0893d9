import { describe, expect, it } from 'vitest'
import { limits } from '../core/limits.ts'
import type { Command } from '../definition/run-protocol.ts'
import {
  createRequests,
  requestRulesOf,
  type RequestAnswer,
  type RequestRules,
  type RunRequest,
} from './requests.ts'

const half = limits.workflowTaskBytes / 2
const timer: RunRequest = { type: 'start_timer', ms: 5 }
const question: RunRequest = { type: 'ask_parent_room', bytes: 5 }
const child: RunRequest = {
  type: 'start_child',
  workflowId: 'w',
  execId: 'c',
  input: null,
  wait: true,
}

/** A request whose bytes the rules of these tests read from its payload. */
const sized = (bytes: number): RunRequest => ({
  type: 'publish_event',
  name: 'e',
  payload: bytes,
  idempotencyKey: '',
})

const measure: RequestRules['measure'] = (request) => {
  if (request.type === 'start_child') return 2 * Number(request.input)
  return request.type === 'publish_event' ? Number(request.payload) : 0
}

const childOf = (bytes: number): RunRequest => ({ ...child, input: bytes })

function start(maximumOpen = 2, startsLater = true) {
  const commands: Command[] = []
  const answers: RequestAnswer[] = []
  const requests = createRequests((command) => commands.push(command), {
    maximumOpen,
    measure,
    startsLater,
  })
  const send = (request: RunRequest) =>
    requests.send(request)((answer) => answers.push(answer as RequestAnswer))
  const sent = () => commands.map((command) => ('seq' in command ? command.seq : 0))
  return { requests, commands, answers, send, sent }
}

const yes: RequestAnswer = { ok: true, value: 1 }

describe('requests', () => {
  it.each([
    ['of small children', 10, true, 3_040_000],
    ['of a large child', 1_000_000, true, 2_490_000],
    ['of children at most', 9_000_000, true, 1_790_000],
    ['that are sent with the request', 10, false, 3_490_000],
  ])('Should keep room for starts %s', (_, bytes, startsLater, most) => {
    for (const [rest, seqs] of [
      [most, [1, 2, 3]],
      [most + 20_000, [1, 2]],
    ] as const) {
      const { requests, send, sent } = start(9, startsLater)
      send(childOf(bytes))
      requests.beginStep()
      send(sized(1_000))
      send(sized(rest))
      expect(sent()).toEqual(seqs)
      requests.answer(1, yes)
      requests.sendQueued()
      expect(sent()).toEqual(startsLater ? [1, 2, 3] : seqs)
    }
  })

  it('Should be numbered from 1 and hand each answer to the one that asked', () => {
    const { requests, commands, answers, send } = start()
    send(sized(1))
    send(timer)
    expect(commands).toEqual([
      { ...sized(1), seq: 1 },
      { ...timer, seq: 2 },
    ])
    requests.answer(1, yes)
    requests.answer(1, yes)
    requests.answer(7, yes)
    expect(answers).toEqual([yes])
  })

  it('Should wait while as many are open as may be, timers and questions apart', () => {
    const { requests, send, sent } = start()
    for (const request of [sized(1), child, sized(2), timer, question]) send(request)
    expect(sent()).toEqual([1, 2, 3, 4])
    expect([requests.openCount(), requests.openChildCount(), requests.freeCount()]).toEqual([
      2, 1, 0,
    ])
    requests.sendQueued()
    expect(sent()).toHaveLength(4)
    // The answer to a timer makes no room.
    requests.answer(3, yes)
    requests.sendQueued()
    expect(sent()).toHaveLength(4)
    requests.answer(2, yes)
    expect([requests.openCount(), requests.openChildCount(), requests.freeCount()]).toEqual([
      1, 0, 0,
    ])
    requests.sendQueued()
    expect([sent(), requests.openCount(), requests.freeCount()]).toEqual([[1, 2, 3, 4, 5], 2, 0])
    requests.answer(1, yes)
    expect(requests.freeCount()).toBe(1)
  })

  it('Should wait while they are held, timers apart, and be sent in their order', () => {
    const { requests, commands, send } = start()
    requests.hold(true)
    send(sized(1))
    send(timer)
    send(sized(2))
    expect(commands.map(({ type }) => type)).toEqual(['start_timer'])
    requests.sendQueued()
    expect([commands.length, requests.freeCount(), requests.isOutOfBytes()]).toEqual([1, 0, false])
    requests.hold(false)
    requests.sendQueued()
    expect(commands.slice(1)).toEqual([
      { ...sized(1), seq: 2 },
      { ...sized(2), seq: 3 },
    ])
  })

  it('Should send as many bytes in a step as one workflow task takes, and no more', () => {
    const { requests, send, sent } = start(9)
    send(sized(half))
    send(sized(half))
    expect([sent(), requests.sentBytes, requests.isOutOfBytes()]).toEqual([[1, 2], 2 * half, false])
    send(sized(1))
    expect([sent(), requests.isOutOfBytes(), requests.freeCount()]).toEqual([[1, 2], true, 0])
    requests.beginStep()
    expect([requests.sentBytes, requests.isOutOfBytes()]).toEqual([0, false])
    requests.sendQueued()
    expect(sent()).toEqual([1, 2, 3])
  })

  it('Should send the first one of a step however large it is, and one of no bytes after it', () => {
    const { requests, send, sent } = start(9)
    send(sized(3 * half))
    send(sized(0))
    expect(sent()).toEqual([1])
    requests.beginStep()
    requests.sendQueued()
    expect(sent()).toEqual([1, 2])
  })

  it('Should not be out of bytes where something else keeps them waiting', () => {
    const { requests, send } = start(1)
    send(sized(2 * half))
    send(sized(1))
    expect(requests.isOutOfBytes()).toBe(false)
    requests.answer(1, yes)
    expect(requests.isOutOfBytes()).toBe(true)
    requests.hold(true)
    expect(requests.isOutOfBytes()).toBe(false)
  })

  it('Should be canceled once when taken back, and not at all when they waited or were answered', () => {
    const { requests, commands, send } = start(1)
    const takeBack = send(sized(1))
    const takeBackQueued = send(sized(2))
    takeBackQueued()
    takeBack()
    takeBack()
    takeBackQueued()
    expect(commands).toEqual([
      { ...sized(1), seq: 1 },
      { type: 'cancel', seq: 1 },
    ])
    expect(requests.openCount()).toBe(0)
    requests.sendQueued()
    const takeBackAnswered = send(sized(3))
    requests.answer(2, yes)
    takeBackAnswered()
    expect(commands.slice(2)).toEqual([{ ...sized(3), seq: 2 }])
  })
})

describe('the rules of an older engine', () => {
  it('Should allow as many open requests as it did, and count no bytes in the first one', () => {
    const open = ([1, 2, 3, 4] as const).map((revision) => requestRulesOf(revision).maximumOpen)
    expect(open).toEqual([1_000, 1_000, 500, 500])
    const large = sized(0)
    expect([1, 2].map((revision) => requestRulesOf(revision as 1 | 2).measure(large))).toEqual([
      0, 2_048,
    ])
  })

  const text = 'x'.repeat(9_998)
  const call: RunRequest = {
    type: 'call_tool',
    tool: 't',
    input: text,
    env: {},
    taskEnv: { A: 'x' },
    timeoutMs: 1,
    taskId: 'a',
    attempt: 1,
    idempotencyKey: '',
  }

  it.each<[string, RunRequest, number]>([
    ['a timer', timer, 0],
    ['a question', question, 0],
    ['a call: its input and its environment', call, 1_024 + 10_000 + 1_024],
    ['a call with a large environment', { ...call, taskEnv: { A: text } }, 1_024 + 20_006],
    ['a child, twice', { ...child, input: text }, 2 * (1_024 + 10_000)],
    ['a small child', child, 2 * (1_024 + 1_024)],
    ['an event', { ...sized(0), payload: text } as RunRequest, 1_024 + 10_000],
    ['a signal', { type: 'signal_run', execId: 'o', name: 'n', payload: text }, 1_024 + 10_000],
  ])('Should count the bytes of %s', (_, request, bytes) => {
    expect(requestRulesOf(4).measure(request)).toBe(bytes)
  })
})
