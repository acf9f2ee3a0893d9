import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { eventually, runCompozy } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

const runs = '/api/v0/executions/workflows'

/** A workflow that charges, ships to two places inside two containers, and reports. */
interface Edit {
  readonly id?: string
  readonly version: string
  readonly charge?: string
  readonly ship?: string
  /** Type of the task that ships. */
  readonly shipType?: string
  readonly required?: string
}

function order({
  id = 'order',
  version,
  charge = 'charge',
  ship = 'ship',
  shipType = 'parallel',
  required = 'amount',
}: Edit): string {
  const inner =
    shipType === 'parallel'
      ? `strategy: wait_all
    tasks:
      - { id: label, tool: ship, with: { to: label } }
      - id: places
        type: collection
        items: '{{ .workflow.input.places }}'
        task: { id: 'to-{{ .item }}', tool: ship, with: { to: '{{ .item }}' } }`
      : `outputs: { sent: none }`
  return `id: ${id}
version: ${version}
config:
  input:
    type: object
    properties:
      amount: { type: integer }
      places: { type: array, items: { type: string } }
      address: { type: string }
    required: [${required}]
tasks:
  - id: ${charge}
    tool: charge
    with: { amount: '{{ .workflow.input.amount }}' }
    on_success: { next: ${ship} }
  - id: ${ship}
    type: ${shipType}
    ${inner}
    on_success: { next: report }
  - id: report
    type: aggregate
    outputs:
      version: ${version}
      call: '{{ .tasks.${charge}.output.call }}'
      trigger: '{{ .trigger }}'
`
}

describe('a repeated run and the definition that has changed', () => {
  const engine = useEngine({
    project: 'test/e2e/fixtures/runs',
    prepare: (dir) => writeFileSync(join(dir, 'workflows/order.yaml'), order({ version: '1.0.0' })),
  })
  const { get, post } = engine
  const input = { amount: 5, places: ['here', 'moon'] }
  /** A run of version 1.0.0 that failed in `ship/places/to-moon`. */
  let failed: string
  /** The number that the charge of that run has. */
  let charged: JsonValue

  const itemsOf = (body: Record<string, JsonValue>) => body['items'] as readonly JsonObject[]
  const closeService = () => writeFileSync(join(engine.dir, 'closed'), '')
  const openService = () => rmSync(join(engine.dir, 'closed'), { force: true })
  const tasksOf = async (id: string) =>
    itemsOf(await get(`${runs}/${id}/tasks`)).map((task) => task['id'] as string)
  const rerun = (id: string, body: JsonValue) => post(`${runs}/${id}/rerun`, body)

  async function repeated(id: string, body: JsonValue) {
    const answer = await rerun(id, body)
    expect(answer).toMatchObject({ status: 202, body: { rerun_of: id } })
    return engine.closed(answer.body['exec_id'] as string)
  }

  /** Writes a version of the workflow, and waits until the engine has it. */
  async function edit(text: string, version: string, id = 'order') {
    writeFileSync(join(engine.dir, `workflows/${id}.yaml`), text)
    await eventually(
      () => get(`/api/v0/workflows/${id}`),
      (workflow) => workflow['version'] === version,
    )
  }

  beforeAll(async () => {
    closeService()
    failed = (await engine.run('order', input)).exec_id
    const tasks = itemsOf(await get(`${runs}/${failed}/tasks`))
    const charge = tasks.find(({ id }) => id === 'charge')!
    charged = (charge['output'] as JsonObject)['call']!
    openService()
    await edit(order({ version: '2.0.0' }), '2.0.0')
  })

  it('Should take the definition of then: inside its containers only what failed runs again', async () => {
    const run = await repeated(failed, { from: 'failed_task', definition: 'original' })
    expect(run).toMatchObject({
      status: 'completed',
      rerun_of: failed,
      output: { version: '1.0.0', call: charged, trigger: { type: 'rerun', name: failed } },
    })
    expect(await tasksOf(run.exec_id)).toEqual([
      'ship',
      'ship/places',
      'ship/places/to-moon',
      'report',
    ])
  })

  it('Should take the current definition by default: the failed task runs whole, none before it', async () => {
    const run = await repeated(failed, { from: 'failed_task' })
    expect(run).toMatchObject({
      status: 'completed',
      output: { version: '2.0.0', call: charged, trigger: { type: 'rerun', name: failed } },
    })
    expect((await tasksOf(run.exec_id)).toSorted()).toEqual([
      'report',
      'ship',
      'ship/label',
      'ship/places',
      'ship/places/to-here',
      'ship/places/to-moon',
    ])
  })

  it('Should show the link in both runs, in the API and in the terminal', async () => {
    const run = await repeated(failed, { from: 'failed_task' })
    const original = await eventually(
      () => get(`${runs}/${failed}`),
      ({ reruns }) => (reruns as readonly string[]).includes(run.exec_id),
    )
    expect(original['rerun_of']).toBeNull()
    const show = async (id: string) =>
      (await runCompozy(['runs', 'show', id, '--server', engine.api])).stdout
    expect(await show(failed)).toMatch(new RegExp(`^repeated by .*${run.exec_id}`, 'm'))
    expect(await show(run.exec_id)).toMatch(new RegExp(`^repeats ${failed}$`, 'm'))
    expect(await show(run.exec_id)).not.toContain('repeated by')
  })

  it('Should repeat a repetition that failed again, and name that one', async () => {
    closeService()
    const again = await repeated(failed, { from: 'failed_task', definition: 'original' })
    expect(again.status).toBe('failed')
    openService()
    const run = await repeated(again.exec_id, { from: 'failed_task', definition: 'original' })
    expect(run).toMatchObject({
      status: 'completed',
      rerun_of: again.exec_id,
      output: { version: '1.0.0', call: charged, trigger: { name: again.exec_id } },
    })
    expect(await tasksOf(run.exec_id)).not.toContain('ship/places/to-here')
  })

  it('Should count each repetition as a run of its own, and the repeated one no second time', async () => {
    const counts = async () => ({
      started: await engine.metric('compozy_temporal_workflow_started_total', {
        workflow_type: 'order',
      }),
      completed: await engine.metric('compozy_temporal_workflow_completed_total', {
        workflow_type: 'order',
      }),
      failed: await engine.metric('compozy_temporal_workflow_failed_total', {
        workflow_type: 'order',
      }),
    })
    const before = await counts()
    await repeated(failed, { from: 'failed_task', definition: 'original' })
    await repeated(failed, { from: 'failed_task', definition: 'current' })
    const wanted = { ...before, started: before.started + 2, completed: before.completed + 2 }
    await eventually(counts, ({ completed }) => completed >= wanted.completed)
    expect(await counts()).toEqual(wanted)
  })

  it('Should refuse a current schema that the input of then does not fit, and say what to do', async () => {
    await edit(order({ version: '3.0.0', required: 'amount, address' }), '3.0.0')
    const refusal = await rerun(failed, { from: 'failed_task' })
    expect(refusal).toMatchObject({ status: 400, body: { code: 'input_invalid' } })
    expect(refusal.body['detail']).toMatch(/address.*required/)
    expect(refusal.body['detail']).toContain('"definition": "original"')
    const given = { ...input, address: 'Main Street' }
    const run = await repeated(failed, { from: 'failed_task', input: given })
    expect(run).toMatchObject({ status: 'completed', input: given, output: { version: '3.0.0' } })
    const original = await repeated(failed, { from: 'failed_task', definition: 'original' })
    expect(original).toMatchObject({ status: 'completed', input })
    const other = { ...input, amount: 7 }
    const edited = await repeated(failed, { definition: 'original', input: other })
    expect(edited).toMatchObject({ status: 'completed', input: other })
  })

  it('Should refuse an input of its own that does not fit, without that advice', async () => {
    const refusal = await rerun(failed, { input: { amount: 'much', address: 'x' } })
    expect(refusal).toMatchObject({
      status: 400,
      body: { code: 'input_invalid', violations: [{ pointer: expect.stringMatching(/amount$/) }] },
    })
    expect(refusal.body['detail']).not.toContain('original')
  })

  it.each([
    ['the failed task is renamed', { ship: 'send' }, 'task "ship" is gone'],
    ['a passed task is renamed', { charge: 'pay' }, 'task "charge" is gone'],
    [
      'the failed task is of another kind',
      { shipType: 'aggregate' },
      'task "ship" is of type aggregate, it was parallel',
    ],
  ])(
    'Should refuse the current definition where %s, and take that of then',
    async (_, change, why) => {
      const version = `4.0.${Object.values(change).join('').length}`
      await edit(order({ version, ...change }), version)
      const { status, body } = await rerun(failed, { from: 'failed_task' })
      expect([status, body['code'], body['detail']]).toEqual([
        409,
        'conflict',
        `execution "${failed}" does not fit the current definition: ${why}; repeat it from the start, or with definition original`,
      ])
      expect(await repeated(failed, { from: 'start' })).toMatchObject({ status: 'completed' })
      const original = await repeated(failed, { from: 'failed_task', definition: 'original' })
      expect(original).toMatchObject({ status: 'completed', output: { version: '1.0.0' } })
    },
  )

  it('Should repeat by a filter what fits, and list what does not with its problem', async () => {
    closeService()
    await edit(order({ version: '4.9.0' }), '4.9.0')
    const old = (await engine.run('order', input)).exec_id
    const version = '5.0.0'
    await edit(order({ version, ship: 'send' }), version)
    const fits = (await engine.run('order', input)).exec_id
    openService()
    const request = {
      filter: { workflow_id: 'order', error_text: 'no rocket' },
      from: 'failed_task',
    }
    const listed = (body: Record<string, JsonValue>) =>
      new Map(itemsOf(body).map((item) => [item['exec_id'], item]))
    const before = await eventually(
      async () => (await post(`${runs}/rerun`, { ...request, dry_run: true })).body,
      (body) => listed(body).has(fits) && listed(body).has(old),
    )
    // The work of the run that failed first, and of its repetition that failed, is done.
    expect([...listed(before).keys()]).toEqual([fits, old])
    expect(before['already_repeated']).toBe(2)
    expect(itemsOf(before).every((item) => item['rerun'] === null)).toBe(true)
    const after = listed((await post(`${runs}/rerun`, request)).body)
    expect([...after.keys()]).toEqual([fits, old])
    expect(after.get(old)).toMatchObject({ rerun: null, problem: { code: 'conflict' } })
    expect(after.get(fits)).toMatchObject({ problem: null })
    const run = await engine.closed(after.get(fits)!['rerun'] as string)
    expect(run).toMatchObject({ status: 'completed', rerun_of: fits, output: { version } })
    // Its work is done: the same request again goes on with the others.
    const rest = await eventually(
      async () => (await post(`${runs}/rerun`, { ...request, dry_run: true })).body,
      (body) => !listed(body).has(fits),
    )
    expect([...listed(rest).keys()]).toEqual([old])
    expect(rest['already_repeated']).toBe(3)
  })

  it('Should repeat a run whose workflow is gone with the definition of then alone', async () => {
    rmSync(join(engine.dir, 'workflows/order.yaml'))
    writeFileSync(
      join(engine.dir, 'workflows/second.yaml'),
      order({ id: 'second', version: '1.0.0' }),
    )
    await eventually(
      () => engine.post('/api/v0/workflows/order/executions', { input }),
      ({ status }) => status === 404,
    )
    expect(await rerun(failed, { from: 'failed_task' })).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('no workflow "order"') },
    })
    const run = await repeated(failed, { from: 'failed_task', definition: 'original' })
    expect(run).toMatchObject({ status: 'completed', output: { version: '1.0.0', call: charged } })
  })
})
