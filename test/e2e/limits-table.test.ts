import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import type { LimitName } from '../../engine/core/observation.ts'
import { closed, startRun } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { scrape } from '../support/metrics.ts'

const root = resolve(import.meta.dirname, '../..')

/** Under a limit and over it: workflow, input, and how the run ends. */
interface LimitCase {
  readonly workflow: string
  readonly input: JsonObject
  readonly status: 'completed' | 'failed'
  readonly output?: JsonValue
  /** Part of the message of what failed. */
  readonly message?: string
  /** The series of `compozy_limit_exceeded_total` that grows by one; no other does. */
  readonly limit?: LimitName
  /** Type of what failed, where it is another one. */
  readonly type?: string
  readonly attempts?: number
}

const sent = { status: 'completed', output: 'sent' } as const
const refused = { status: 'completed' } as const
const failed = { status: 'failed' } as const
const two = 'at most 2,000,000 bytes can be sent'

/** The rows that need more than one run and its end. */
const elsewhere = 'test/e2e/limits-of-runs.test.ts'

/** Cases of each row of the table of limits, or the file whose tests show the row. */
const rows: Readonly<Record<string, readonly LimitCase[] | string>> = {
  'input and `env` of a tool': [
    { workflow: 'send-to-tool', input: { bytes: 999_980 }, ...sent },
    {
      workflow: 'send-to-tool',
      input: { bytes: 1_000_100 },
      ...refused,
      message: two,
      limit: 'tool_input',
    },
    {
      workflow: 'send-env',
      input: { bytes: 1_000_000 },
      ...refused,
      message: two,
      limit: 'tool_input',
    },
  ],
  '`env` of a tool: one variable; all': [
    { workflow: 'send-variable', input: { bytes: 119_900 }, ...sent },
    {
      workflow: 'send-variable',
      input: { bytes: 120_000 },
      ...refused,
      message: 'workflows/send-variable.yaml:7:5: ',
      limit: 'tool_env',
    },
    { workflow: 'send-variables', input: { bytes: 99_000 }, ...sent },
    {
      workflow: 'send-variables',
      input: { bytes: 100_000 },
      ...refused,
      message: '500,000 bytes',
      limit: 'tool_env',
    },
  ],
  'definition and input of a child run': [
    { workflow: 'send-to-child', input: { bytes: 690_000 }, ...sent },
    {
      workflow: 'send-to-child',
      input: { bytes: 705_000 },
      ...refused,
      message: 'at most 1,700,000 bytes are allowed',
      limit: 'child_input',
    },
  ],
  'output of a tool': [
    { workflow: 'give-text', input: { bytes: 1_991_678 }, ...sent },
    {
      workflow: 'give-text',
      input: { bytes: 1_991_679 },
      ...refused,
      message: 'workflows/give-text.yaml:3:5: output of tool "text" is 1991681 bytes',
      limit: 'tool_output',
    },
    { workflow: 'give-to-json', input: { bytes: 1_991_678 }, ...sent },
    {
      workflow: 'give-to-json',
      input: { bytes: 3_000_000 },
      ...refused,
      message: 'is 3000002 bytes of JSON, the limit is 1991680',
      limit: 'tool_output',
    },
  ],
  'nesting of what a tool returns': [
    { workflow: 'give-nested', input: { levels: 200 }, ...sent },
    {
      workflow: 'give-nested',
      input: { levels: 201 },
      ...refused,
      type: 'InvalidToolOutput',
      message: 'nested',
    },
  ],
  'payload of a signal or an event that a task sends': [
    { workflow: 'send-event', input: { bytes: 999_980 }, ...sent },
    {
      workflow: 'send-event',
      input: { bytes: 1_000_100 },
      ...refused,
      message: two,
      limit: 'payload',
    },
  ],
  "result of a run: `outputs`, or the last task's output": [
    { workflow: 'give-result', input: { bytes: 999_980 }, status: 'completed' },
    {
      workflow: 'give-result',
      input: { bytes: 1_000_100 },
      ...failed,
      message: two,
      limit: 'result',
    },
  ],
  'output of an aggregate or a container': [
    { workflow: 'hold', input: {}, status: 'completed', output: 3_800_000 },
  ],
  'all that one workflow task sends': elsewhere,
  'message of an error; its `cause`': [
    { workflow: 'break', input: { n: 200, bytes: 9_000 }, ...failed, message: '200 of 200' },
    { workflow: 'misfit', input: { n: 60_000 }, ...failed, message: 'and 17 more' },
  ],
  'message of a failed run in a list': elsewhere,
  'messages in `failed_attempts`': elsewhere,
  'states of tasks that a closed run keeps': elsewhere,
  "a tool's output or a child run's result over 12,000 bytes, with the run's history": elsewhere,
  'kept signals of one name; bytes of all': elsewhere,
  'open tool calls, child runs, signals and events of a run': elsewhere,
  'tasks that a composite passes, in a loop inside it': 'engine/interpreter/interpret-flow.test.ts',
  'steps of one template or condition; of all in one step of a run': [
    { workflow: 'template-steps', input: { n: 20_000 }, ...sent },
    {
      workflow: 'template-steps',
      input: { n: 200_000 },
      ...refused,
      message: 'the evaluation takes more than 100000 steps',
      limit: 'template',
    },
    { workflow: 'step-steps', input: { n: 1_000 }, ...sent },
    {
      workflow: 'step-steps',
      input: { n: 5_000 },
      ...refused,
      message: 'the templates of one step of the run take more than 2000000 steps',
      limit: 'template',
    },
  ],
  'work in one step of a run': elsewhere,
  'what a run carries when it continues as new': [
    { workflow: 'carry', input: { bytes: 700_000 }, status: 'completed', output: 60 },
    {
      workflow: 'carry',
      input: { bytes: 1_100_000 },
      ...failed,
      message:
        'workflows/carry.yaml:3:5: what the run carries when it continues as new (most of it of task "a") is 2,20',
      limit: 'carried_state',
    },
  ],
}

/** What the API shows of the run at least: an error of its own, or the one that `on_error` took. */
function endOf(limitCase: LimitCase): JsonObject {
  const { status, output, message, type = 'LimitExceeded', attempts = 1 } = limitCase
  if (message === undefined) return defined({ status, output })
  const error = { message: expect.stringContaining(message) as string }
  if (status === 'failed') return { status, output: null, error }
  return { status, output: { ...error, type, attempts }, error: null }
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

  /** What the scrape says of each limit. */
  async function excesses(): Promise<Readonly<Record<string, number>>> {
    const { samples } = await scrape(engine.ready.metrics!)
    const found = samples.filter(({ name }) => name === 'compozy_limit_exceeded_total')
    return Object.fromEntries(found.map(({ labels, value }) => [labels['limit']!, value]))
  }

  it('Should end a run whose calls return more than a history can hold', async () => {
    const { api } = engine.ready
    const execId = await startRun(api, 'wide', { n: 60, bytes: 1_900_000 })
    const { status, output, tasks } = await closed(api, execId, 240_000)
    expect({ status, output }).toEqual({ status: 'completed', output: 60 })
    expect(JSON.stringify(tasks)).toContain('"LimitExceeded"')
  }, 250_000)

  it.each(cases)(
    'Should end $workflow of $input as $status',
    async (limitCase) => {
      const { api } = engine.ready
      const before = await excesses()
      const execId = await startRun(api, limitCase.workflow, limitCase.input)
      expect(await closed(api, execId, 240_000)).toMatchObject(endOf(limitCase))
      const { limit } = limitCase
      const grown = async () => {
        const changes = Object.entries(await excesses()).map(
          ([name, value]) => [name, value - (before[name] ?? 0)] as const,
        )
        return Object.fromEntries(changes.filter(([, by]) => by !== 0))
      }
      const ended = (changes: Readonly<Record<string, number>>) =>
        limit === undefined || changes[limit] !== undefined
      expect(await eventually(grown, ended)).toEqual(limit === undefined ? {} : { [limit]: 1 })
    },
    250_000,
  )
})
