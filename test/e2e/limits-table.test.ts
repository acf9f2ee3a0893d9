import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { closed, startRun } from '../support/api.ts'
import { copyProject, startCompozy, type Running } from '../support/compozy.ts'

const root = resolve(import.meta.dirname, '../..')

/** Under a limit and over it: workflow, input, and how the run ends. */
interface LimitCase {
  readonly workflow: string
  readonly input: JsonObject
  readonly status: 'completed' | 'failed'
  readonly output?: JsonValue
  /** Part of the message of what failed. */
  readonly message?: string
}

const sent = { status: 'completed', output: 'sent' } as const
const refused = { status: 'completed' } as const
const failed = { status: 'failed' } as const
const two = 'at most 2,000,000 bytes can be sent'

/** Cases of each row of the table of limits, or the file whose tests show the row. */
const rows: Readonly<Record<string, readonly LimitCase[] | string>> = {
  'input and `env` of a tool': [
    { workflow: 'send-to-tool', input: { bytes: 999_980 }, ...sent },
    { workflow: 'send-to-tool', input: { bytes: 1_000_100 }, ...refused, message: two },
    { workflow: 'send-env', input: { bytes: 1_000_000 }, ...refused, message: two },
  ],
  '`env` of a tool: one variable; all': 'engine/tool/check-env.test.ts',
  'definition and input of a child run': [
    { workflow: 'send-to-child', input: { bytes: 690_000 }, ...sent },
    {
      workflow: 'send-to-child',
      input: { bytes: 705_000 },
      ...refused,
      message: 'at most 1,700,000 bytes are allowed',
    },
  ],
  'output of a tool': [
    { workflow: 'give-text', input: { bytes: 1_991_678 }, ...sent },
    {
      workflow: 'give-text',
      input: { bytes: 1_991_679 },
      ...refused,
      message: 'workflows/give-text.yaml:3:5: output of tool "text" is 1991681 bytes',
    },
    { workflow: 'give-to-json', input: { bytes: 1_991_678 }, ...sent },
    {
      workflow: 'give-to-json',
      input: { bytes: 3_000_000 },
      ...refused,
      message: 'is 3000002 bytes of JSON, the limit is 1991680',
    },
    { workflow: 'give-nested', input: { levels: 200 }, ...sent },
  ],
  'payload of a signal or an event that a task sends': [
    { workflow: 'send-event', input: { bytes: 999_980 }, ...sent },
    { workflow: 'send-event', input: { bytes: 1_000_100 }, ...refused, message: two },
  ],
  "result of a run: `outputs`, or the last task's output": [
    { workflow: 'give-result', input: { bytes: 999_980 }, status: 'completed' },
    { workflow: 'give-result', input: { bytes: 1_000_100 }, ...failed, message: two },
  ],
  'output of an aggregate or a container': [
    { workflow: 'hold', input: {}, status: 'completed', output: 3_800_000 },
  ],
  'all that one workflow task sends': 'test/e2e/limits.test.ts',
  'message of an error; its `cause`': [
    { workflow: 'break', input: { n: 200, bytes: 9_000 }, ...failed, message: '200 of 200' },
    { workflow: 'misfit', input: { n: 60_000 }, ...failed, message: 'and 17 more' },
  ],
  'messages in `failed_attempts`': 'test/e2e/limits.test.ts',
  'states of tasks that a closed run keeps': 'engine/interpreter/size/bounded-view.test.ts',
  "a tool's output over 250,000 bytes, with the run's history":
    'engine/worker/history-room.test.ts',
  'kept signals of one name; bytes of all':
    'engine/infra/temporal/executions/pending-signals.test.ts',
  'open tool calls, child runs, signals and events of a run':
    'engine/interpreter/interpret-containers.test.ts',
  'steps of one template or condition; of all in one step of a run': [
    { workflow: 'template-steps', input: { n: 20_000 }, ...sent },
    {
      workflow: 'template-steps',
      input: { n: 200_000 },
      ...refused,
      message: 'the evaluation takes more than 100000 steps',
    },
  ],
  'work in one step of a run': 'test/e2e/limits.test.ts',
  'what a run carries when it continues as new': 'engine/interpreter/interpret-limits.test.ts',
}

/** What the API shows of the run at least: an error of its own, or the one that `on_error` took. */
function endOf({ status, output, message }: LimitCase): JsonObject {
  if (message === undefined) return defined({ status, output })
  const error = { message: expect.stringContaining(message) as string }
  if (status === 'failed') return { status, output: null, error }
  return { status, output: { ...error, type: 'LimitExceeded', attempts: 1 }, error: null }
}

/** The first column of the documented table. */
function documentedRows(): readonly string[] {
  const page = readFileSync(join(root, 'docs/reference/language.md'), 'utf8')
  const [, section = ''] = page.split('## Limits of a run')
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  return lines.slice(1).map((line) => line.split('|')[1]!.trim())
}

const cases = Object.values(rows).flatMap((row) => (typeof row === 'string' ? [] : row))

describe('the documented limits', () => {
  it('Should each have a test', () => {
    expect(Object.keys(rows)).toEqual(documentedRows())
    const files = Object.values(rows).filter((row) => typeof row === 'string')
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})

describe('limits of what a run sends, on a real engine', () => {
  const project = copyProject('test/e2e/fixtures/limits')
  let engine: Running

  beforeAll(async () => {
    engine = await startCompozy(
      ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0'],
      {},
    )
  })
  afterAll(async () => {
    await engine?.stop()
    project.remove()
  })

  it('Should end a run whose calls return more than a history can hold', async () => {
    const { api } = engine.ready
    const execId = await startRun(api, 'wide', { n: 60, bytes: 1_900_000 })
    const { status, output, tasks } = await closed(api, execId, 120_000)
    expect({ status, output }).toEqual({ status: 'completed', output: 60 })
    expect(JSON.stringify(tasks)).toContain('"LimitExceeded"')
  }, 130_000)

  it.each(cases)('Should end $workflow of $input as $status', async (limitCase) => {
    const { api } = engine.ready
    const execId = await startRun(api, limitCase.workflow, limitCase.input)
    expect(await closed(api, execId, 120_000)).toMatchObject(endOf(limitCase))
  })
})
