import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'
import { sumOf } from '../support/metrics.ts'

const runs = '/api/v0/executions/workflows'

/** A parent of `order`. */
const gift = `id: gift
tasks: [{ id: buy, type: workflow, workflow: order, with: '{{ .workflow.input }}' }]
`

describe('runs on a real server', () => {
  const engine = useEngine({
    project: 'test/e2e/fixtures/runs',
    prepare: (dir) => writeFileSync(join(dir, 'workflows/gift.yaml'), gift),
  })
  /** A run that failed in `ship`: one item was shipped, two were not. */
  let failed: string

  const closeService = (): void => writeFileSync(join(engine.dir, 'closed'), '')
  const openService = (): void => rmSync(join(engine.dir, 'closed'), { force: true })
  const { get, post } = engine
  const itemsOf = (body: Record<string, JsonValue>) => body['items'] as readonly JsonObject[]
  const input = { amount: 5, places: ['here', 'moon', 'mars'] }

  async function failingRun(): Promise<string> {
    return (await engine.run('order', input)).exec_id
  }

  beforeAll(async () => {
    closeService()
    failed = await failingRun()
  })

  it('Should tell each task of a failed run: input, output, attempts, route', async () => {
    const body = await get(`${runs}/${failed}/tasks`)
    expect(body['status']).toBe('failed')
    const tasks = new Map(itemsOf(body).map((task) => [task['id'] as string, task]))
    expect([...tasks.keys()].toSorted()).toEqual([
      'charge',
      'ship',
      'ship/to-here',
      'ship/to-mars',
      'ship/to-moon',
    ])
    expect(tasks.get('charge')).toMatchObject({
      status: 'completed',
      input: { amount: 5 },
      output: { charged: 5 },
      next: 'ship',
      attempt_count: 1,
    })
    expect(tasks.get('ship/to-moon')).toMatchObject({
      status: 'failed',
      attempt_count: 2,
      attempts: [
        { attempt: 1, error: { type: 'ToolError:Error', message: 'no rocket to moon' } },
        { attempt: 2, error: { type: 'ToolError:Error', message: 'no rocket to moon' } },
      ],
    })
    expect(tasks.get('ship/to-here')).toMatchObject({ status: 'completed', error: null })
  })

  it('Should tell what happened in words, in the order of time', async () => {
    const items = itemsOf(await get(`${runs}/${failed}/history`))
    const texts = items.map(({ text }) => text as string)
    expect(texts[0]).toBe('run started')
    expect(texts).toContain('task ship/to-moon started (attempt 2)')
    expect(texts.at(-1)).toMatch(/^run failed: ChildFailed: /)
    expect(texts.filter((text) => /Activity|WorkflowTask/.test(text))).toEqual([])
  })

  it('Should tell the error of a failed run in a list, and find it by type and text', async () => {
    const ids = async (query: string) =>
      itemsOf(await get(`${runs}?${query}`)).map(({ exec_id }) => exec_id)
    const listed = await eventually(
      async () => itemsOf(await get(`${runs}?status=failed,timed_out`)),
      (items) => items.some(({ exec_id }) => exec_id === failed),
    )
    expect(listed.find(({ exec_id }) => exec_id === failed)).toMatchObject({
      error: { type: 'ChildFailed', message: expect.stringContaining('no rocket'), task: 'ship' },
      rerun_of: null,
    })
    expect(await ids('error_type=ChildFailed&error_text=NO%20ROCKET')).toContain(failed)
    expect(await ids('error_type=Child*')).toContain(failed)
    expect(await ids('error_type=ToolTimeout')).toEqual([])
    expect(await ids('error_text=nothing%20of%20it')).toEqual([])
    expect(await ids('status=completed,canceled')).not.toContain(failed)
  })

  it('Should choose by the beginning of an exec_id no run that does not begin so', async () => {
    const chosen = async (exec_id_prefix: string) => {
      const query = new URLSearchParams({ exec_id_prefix })
      const listed = itemsOf(await get(`${runs}?${query.toString()}`))
      const dry = { filter: { exec_id_prefix }, dry_run: true }
      const repeated = itemsOf((await post(`${runs}/rerun`, dry)).body)
      return [listed, repeated].map((items) => items.map(({ exec_id }) => exec_id))
    }
    expect(await chosen(failed)).toEqual([[failed], [failed]])
    for (const prefix of ["'", "''", `${failed}'`, `'${failed}`, '"', '\\', '%', 'ORDER-'])
      expect([prefix, ...(await chosen(prefix))]).toEqual([prefix, [], []])
  })

  it('Should repeat a run from the failed task and keep what succeeded', async () => {
    openService()
    const { status, body } = await post(`${runs}/${failed}/rerun`, { from: 'failed_task' })
    expect(status).toBe(202)
    const id = body['exec_id'] as string
    const run = await engine.closed(id)
    expect(run).toMatchObject({
      status: 'completed',
      rerun_of: failed,
      output: {
        charge: { charged: 5 },
        ship: [{ shipped: 'here' }, { shipped: 'moon' }, { shipped: 'mars' }],
        trigger: { type: 'rerun', name: failed },
      },
    })
    const again = itemsOf(await get(`${runs}/${id}/tasks`)).map((task) => task['id'])
    expect(again).toEqual(['ship', 'ship/to-moon', 'ship/to-mars', 'sum'])
    const original = await eventually(
      () => get(`${runs}/${failed}`),
      ({ reruns }) => Array.isArray(reruns) && reruns.length > 0,
    )
    expect(original['reruns']).toEqual([id])
    expect(itemsOf(await get(`${runs}?rerun_of=${failed}`))).toMatchObject([{ exec_id: id }])
    closeService()
  })

  it('Should repeat a run from the start with another input, once for each key', async () => {
    const body = { input: { amount: 7, places: ['here'] } }
    const key = { 'idempotency-key': `once-${failed}` }
    const first = await post(`${runs}/${failed}/rerun`, body, key)
    const second = await post(`${runs}/${failed}/rerun`, body, key)
    expect(second.body['exec_id']).toBe(first.body['exec_id'])
    const run = await engine.closed(first.body['exec_id'] as string)
    expect(run).toMatchObject({ status: 'completed', output: { charge: { charged: 7 } } })
  })

  it('Should refuse what can not be repeated, and say why', async () => {
    const refusal = async (id: string, body: JsonValue) => {
      const { status, body: problem } = await post(`${runs}/${id}/rerun`, body)
      return [status, problem['detail']]
    }
    const [completed] = itemsOf(await get(`${runs}?rerun_of=${failed}`))
    const id = completed!['exec_id'] as string
    expect(await refusal(id, { from: 'failed_task' })).toEqual([
      409,
      `execution "${id}" completed, so it has no failed task; repeat it from the start`,
    ])
    expect(await refusal('none', {})).toMatchObject([404, expect.any(String)])
    expect(await refusal(failed, { from: 'here' })).toMatchObject([400, expect.any(String)])
    // null is an input of its own, not the absence of one.
    expect(await refusal(failed, { input: null })).toMatchObject([400, expect.any(String)])
    expect(await refusal(failed, { input: { amount: 'much' } })).toMatchObject([
      400,
      expect.stringContaining('amount'),
    ])
  })

  it('Should repeat many by a filter, first as a dry run', async () => {
    const first = await failingRun()
    const second = await failingRun()
    const filter = { workflow_id: 'order', error_text: 'no rocket' }
    const listed = (body: Record<string, JsonValue>) =>
      itemsOf(body).map(({ exec_id, rerun }) => [exec_id, typeof rerun === 'string'])
    const dry = await eventually(
      async () => (await post(`${runs}/rerun`, { filter, dry_run: true })).body,
      (body) => itemsOf(body).length === 2,
    )
    // The run that failed before has been repeated by now.
    expect(listed(dry)).toEqual([
      [second, false],
      [first, false],
    ])
    expect(dry['already_repeated']).toBe(1)
    openService()
    const { body } = await post(`${runs}/rerun`, { filter, from: 'failed_task' })
    expect(listed(body)).toEqual([
      [second, true],
      [first, true],
    ])
    for (const { rerun } of itemsOf(body))
      expect(await engine.closed(rerun as string)).toMatchObject({ status: 'completed' })
    const again = await eventually(
      async () => (await post(`${runs}/rerun`, { filter, dry_run: true })).body,
      (left) => left['already_repeated'] === 3,
    )
    expect(itemsOf(again)).toEqual([])
    closeService()
  })

  it('Should count a repeated run as a run of its own', async () => {
    const count = async (name: string, labels = {}) =>
      sumOf(await engine.samples(), name, {
        workflow_type: 'order',
        ...labels,
      })
    const before = {
      started: await count('compozy_temporal_workflow_started_total'),
      completed: await count('compozy_temporal_workflow_completed_total'),
    }
    openService()
    const { body } = await post(`${runs}/${failed}/rerun`, { from: 'failed_task' })
    await engine.closed(body['exec_id'] as string)
    await eventually(
      () => count('compozy_temporal_workflow_completed_total'),
      (value) => value === before.completed + 1,
    )
    expect(await count('compozy_temporal_workflow_started_total')).toBe(before.started + 1)
    closeService()
  })

  it('Should tell the run that started a child, on its own and in a list', async () => {
    const parent = await engine.run('gift', input)
    expect(parent).toMatchObject({ status: 'failed', child_of: null })
    const children = await eventually(
      async () => itemsOf(await get(`${runs}?exec_id_prefix=${parent.exec_id}.`)),
      (items) => items.length > 0,
    )
    expect(children).toMatchObject([{ workflow_id: 'order', child_of: parent.exec_id }])
    const child = `${runs}/${children[0]!['exec_id'] as string}`
    expect(await get(child)).toMatchObject({ child_of: parent.exec_id })
    // A repetition is nobody's child.
    const { body } = await post(`${child}/rerun`, {})
    expect(await engine.closed(body['exec_id'] as string)).toMatchObject({ child_of: null })
  })
})
