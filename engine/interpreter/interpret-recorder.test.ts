import { expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { RunEvent } from '../definition/run-protocol.ts'
import type { RunRecorder } from '../definition/run-recorder.ts'
import { createRun } from './interpret.ts'
import { compileTest } from './testing/compile.ts'
import { signal } from './testing/play.ts'

/** What a recorder is told while these events happen, one each millisecond. */
function recorded(tasks: readonly JsonObject[], events: readonly RunEvent[]): string[] {
  const told: string[] = []
  const tell =
    (what: string) =>
    (...given: readonly unknown[]): void =>
      void told.push([what, ...given.map((value) => JSON.stringify(value))].join(' '))
  const recorder: RunRecorder = {
    taskStarted: tell('started'),
    inputComputed: tell('input'),
    attemptStarted: tell('attempt'),
    attemptFailed: tell('failed'),
    childStarted: tell('child'),
    signalAwaited: tell('awaits'),
    signalTaken: tell('takes'),
    signalRefused: tell('refuses'),
    taskEnded: tell('ended'),
  }
  const start = {
    definition: compileTest({ tasks }),
    sha256: '',
    input: {},
    trigger: { type: 'api' },
  } as const
  const context = {
    execId: 'run-1',
    startedAt: 0,
    uuid: () => 'id',
    revision: 4,
    recorder,
  } as const
  const run = createRun(start, context)
  for (const [now, event] of [{ type: 'started' } as const, ...events].entries())
    run.step([event], now, 'short')
  return told
}

const boom = { type: 'ToolError:Boom', message: 'no' } as const

it('Should be told of each task, attempt, child and signal, in their order', () => {
  const told = recorded(
    [
      { id: 'a', tool: 'echo', with: { n: 1 }, retries: 1, on_success: { next: 'w' } },
      {
        id: 'w',
        type: 'wait',
        wait_for: 'go',
        timeout: '9s',
        condition: '{{ eq .signal.payload 2 }}',
        on_success: { next: 'box' },
      },
      {
        id: 'box',
        type: 'composite',
        tasks: [{ id: 'c', type: 'workflow', workflow: 'child' }],
        on_success: { next: 'skipped' },
      },
      { id: 'skipped', tool: 'echo', condition: 'false', on_success: { next: 'a' } },
    ],
    [
      { type: 'rejected', seq: 1, error: boom },
      { type: 'resolved', seq: 2, value: null },
      { type: 'resolved', seq: 3, value: 'out' },
      signal('go', 1),
      signal('go', 2),
      { type: 'resolved', seq: 5, value: { exec_id: 'c', output: 7 } },
      { type: 'cancel_requested' },
    ],
  )
  const error = '{"type":"ToolError:Boom","message":"no"}'
  const childOutput = '{"exec_id":"c","output":7}'
  const at = 1_769_853_600_000
  expect(told).toEqual([
    'started {"key":"a","path":"a","type":"basic","visit":1} 0',
    'input "a" {"n":1}',
    'attempt "a" 1 0',
    `failed "a" 1 ${error} 1`,
    'attempt "a" 2 2',
    'ended "a" {"status":"completed","output":"out","next":"w"} 3',
    'started {"key":"w","path":"w","type":"wait","visit":1} 3',
    'input "w" {}',
    'attempt "w" 1 3',
    'awaits "w" "go"',
    `takes "w" {"name":"go","payload":1,"receivedAt":${at}} 4`,
    'refuses "w"',
    'awaits "w" "go"',
    `takes "w" {"name":"go","payload":2,"receivedAt":${at}} 5`,
    'ended "w" {"status":"completed","output":2,"next":"box"} 5',
    'started {"key":"box","path":"box","type":"composite","visit":1} 5',
    'input "box" {}',
    'attempt "box" 1 5',
    'started {"key":"box/c","path":"box/c","type":"workflow","visit":1} 5',
    'input "box/c" {}',
    'attempt "box/c" 1 5',
    'child "box/c" {"workflowId":"child","execId":"run-1.box.c"} 5',
    `ended "box/c" {"status":"completed","output":${childOutput}} 6`,
    `ended "box" {"status":"completed","output":{"c":${childOutput}},"next":"skipped"} 6`,
    'started {"key":"skipped","path":"skipped","type":"basic","visit":1} 6',
    'ended "skipped" {"status":"skipped","output":null,"next":"a"} 6',
    'started {"key":"a~2","path":"a","type":"basic","visit":2} 6',
    'input "a~2" {"n":1}',
    'attempt "a~2" 1 6',
    'ended "a~2" {"status":"canceled"} 7',
  ])
})

it('Should be told of nothing more once a run has ended', () => {
  const told = recorded(
    [{ id: 'a', tool: 'echo' }],
    [{ type: 'rejected', seq: 1, error: boom }, { type: 'cancel_requested' }, signal('go')],
  )
  expect(told.at(-1)).toMatch(/^ended "a" \{"status":"failed"/)
})
