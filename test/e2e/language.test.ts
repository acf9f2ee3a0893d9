import { Client, Connection } from '@temporalio/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import { call } from '../support/api.ts'
import { copyProject, eventually, runCompozy } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

const secret = 'a secret of 25 characters'

/** Rules of the language that only a real server, real processes and real children can show. */
describe('the language on a real engine', () => {
  const engine = useEngine({
    project: 'test/e2e/fixtures/language',
    env: { LANGUAGE_TOKEN: secret, HOME_TOWN: 'Lisbon' },
  })
  const run = async (
    workflow: string,
    input: Record<string, string | number> = {},
  ): Promise<ExecutionDocument> => engine.run(workflow, input)

  it('Should give a tool its environment, the later level winning, its secret, and its context', async () => {
    const { status, output, exec_id } = await run('environment')
    expect({ status, output }).toEqual({
      status: 'completed',
      output: {
        first: {
          env: {
            LEVEL: 'task',
            FROM_PROJECT: 'project',
            FROM_WORKFLOW: 'workflow',
            FROM_TOOL: 'tool',
            FROM_TASK: 'Lisbon',
            TOWN: 'Lisbon',
          },
          secret: secret.length,
          context: {
            exec_id,
            workflow_id: 'environment',
            task_id: 'see',
            attempt: 1,
            idempotency_key: `${exec_id}/see`,
          },
          aborted: false,
        },
        again: 'tool',
        project: { name: 'language', version: '1.2.3' },
        trigger: 'api',
      },
    })
  })

  it('Should show a secret to nobody but its tool, and refuse to start without it', async () => {
    const shown = await run('environment')
    const metrics = await (await fetch(engine.metrics)).text()
    expect(metrics).toContain('compozy_tool_')
    expect(
      [JSON.stringify(shown), metrics, engine.stderr()].filter((text) => text.includes(secret)),
    ).toEqual([])

    const without = copyProject('test/e2e/fixtures/language')
    onTestFinished(without.remove)
    const env = { HOME_TOWN: 'Lisbon' }
    const { code, stderr } = await runCompozy(['run', 'race', '--cwd', without.dir], { env })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('tool "seen" needs the environment variable LANGUAGE_TOKEN'),
    })
  })

  it('Should tell the failures of tools apart, and retry those that may be', async () => {
    const { status, output } = await run('tool-errors')
    expect({ status, output }).toEqual({
      status: 'completed',
      output: {
        sound: 10,
        mended: 2,
        errors: [
          'input InvalidToolInput 1',
          'output InvalidToolOutput 1',
          'thrown ToolError:Declined 2',
          'final ToolError:Declined 1',
          'late ToolTimeout 1',
          'denied ToolDenied 1',
          '',
        ].join(';'),
      },
    })
  })

  it('Should really stop the tool that lost a race', async () => {
    const { status, output, tasks } = await run('race')
    expect({ status, output }).toEqual({
      status: 'completed',
      output: { winner: 'quick', output: { n: 1 } },
    })
    expect(tasks?.['both']?.tasks?.['slow']?.status).toBe('canceled')
  })

  it('Should run children with their own checks, and take their failures for its own', async () => {
    const { status, output } = await run('parent')
    expect({ status, output }).toEqual({
      status: 'completed',
      output: {
        output: { n: 4, kind: 'plain', by: 'workflow/parent' },
        own: true,
        failing: 'ChildFailed NoRoute',
        unfit: 'ChildFailed true',
      },
    })
  })

  it('Should give each attempt of a child run an exec_id that no other child has', async () => {
    const { exec_id, output, tasks } = await run('picks')
    expect(output).toEqual([null, { exec_id: `${exec_id}.each.sku-1-2`, output: null }])
    const failed = tasks?.['each']?.tasks?.['sku-1']
    expect(failed).toMatchObject({
      attempts: 2,
      error: { type: 'ChildFailed', cause: { type: 'NoRoute' } },
    })
    expect(failed?.error?.message).toContain(`(${exec_id}.each.sku-1~1~2)`)
    const path = '/api/v0/executions/workflows'
    const { body } = await call(engine.api, 'GET', `${path}?exec_id_prefix=${exec_id}.`)
    // The JSON of a list, as its schema has it.
    const children = body['items'] as unknown as readonly { exec_id: string; status: string }[]
    expect(children.map((child) => `${child.exec_id} ${child.status}`).toSorted()).toEqual([
      `${exec_id}.each.sku-1 failed`,
      `${exec_id}.each.sku-1-2 completed`,
      `${exec_id}.each.sku-1~1~2 failed`,
    ])
    const again = await call(engine.api, 'GET', `${path}/${exec_id}.each.sku-1~1~2`)
    expect(again.body).toMatchObject({ input: { n: -1 }, child_of: exec_id })
    const tasksOfRun = await call(engine.api, 'GET', `${path}/${exec_id}/tasks`)
    expect(JSON.stringify(tasksOfRun.body)).toContain(`"exec_id":"${exec_id}.each.sku-1~1~2"`)
  })

  it('Should cancel a child with its parent, and run no on_error', async () => {
    const id = await engine.start('guardian')
    await engine.taskReaches(id, 'ward', 'running')
    const children = async () => {
      const { body } = await call(
        engine.api,
        'GET',
        '/api/v0/executions/workflows?workflow_id=patient',
      )
      // The JSON of a list, as its schema has it.
      return body['items'] as unknown as readonly { exec_id: string; status: string }[]
    }
    const [child] = await eventually(children, (found) => found.length > 0)
    expect(child?.status).toBe('running')
    await engine.post(`/api/v0/executions/workflows/${id}/cancel`)
    const parent = await engine.closed(id)
    expect(parent.status).toBe('canceled')
    expect(parent.tasks?.['never']?.status ?? 'pending').toBe('pending')
    expect((await engine.closed(child!.exec_id)).status).toBe('canceled')
  })

  it('Should deliver signals to runs that are open and events to who listens, and say where it could not', async () => {
    const { exec_id: over } = await run('race')
    const { status, output } = await run('signals', { closed: over })
    expect({ status, output }).toEqual({
      status: 'completed',
      output: {
        unknown: 'SignalNotDelivered',
        closed: 'SignalNotDelivered',
        own: 1,
        mine: 5,
        unheard: { delivered: 0, exec_ids: [] },
        heard: 1,
        unfit: 'SignalNotDelivered',
        started: expect.any(String),
      },
    })
    const { started } = output as { started: string }
    expect(await engine.closed(started)).toMatchObject({
      status: 'completed',
      workflow_id: 'listener',
      input: { n: 7 },
      output: { n: 7, by: 'signal/language.called' },
    })
  })

  it('Should count an event as delivered that an earlier delivery of the call has published', async () => {
    const id = await engine.start('redelivers')
    await engine.taskReaches(id, 'ready', 'running')
    const earlier = await fetch(`${engine.api}/api/v0/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `${id}/tell` },
      body: JSON.stringify({ name: 'language.called', payload: { n: 1 } }),
    })
    const { executions } = (await earlier.json()) as { executions: { exec_id: string }[] }
    const started = executions.map(({ exec_id }) => exec_id)
    expect(started).toHaveLength(1)
    await engine.post(`/api/v0/executions/workflows/${id}/signals/go`)
    const { status, output } = await engine.closed(id)
    expect({ status, output }).toEqual({
      status: 'completed',
      output: { delivered: 1, exec_ids: started },
    })
    expect(await engine.closed(started[0]!)).toMatchObject({ input: { n: 1 } })
  })

  it('Should go on with a run that a client of Temporal sent a signal which none can take', async () => {
    const id = await engine.start('redelivers')
    await engine.taskReaches(id, 'ready', 'running')
    expect(await engine.signal(id, '__temporal_x')).toMatchObject({
      status: 400,
      body: { code: 'input_invalid' },
    })
    const connection = await Connection.connect({ address: engine.ready.temporal })
    onTestFinished(() => connection.close())
    const temporal = new Client({ connection, namespace: engine.ready.namespace })
    await temporal.workflow.getHandle(id).signal('__temporal_x', null)
    await temporal.workflowService.signalWorkflowExecution({
      namespace: engine.ready.namespace,
      workflowExecution: { workflowId: id },
      signalName: 'sealed',
      input: {
        payloads: [{ metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.of(1) }],
      },
    })
    expect(await engine.signal(id, '__stack_trace')).toMatchObject({ status: 202 })
    await engine.signal(id, 'go')
    expect(await engine.closed(id)).toMatchObject({ status: 'completed' })
    const { items } = await engine.get(`/api/v0/executions/workflows/${id}/history`)
    const received = JSON.stringify(items)
    expect(received).toContain('__stack_trace')
    expect(received).not.toContain('__temporal_x')
    expect(received).not.toContain('sealed')
  })

  it('Should refuse input that does not fit before any run begins, and fill in defaults where it does', async () => {
    const start = (input: Record<string, string | number>) =>
      engine.post('/api/v0/workflows/child/executions', { input })
    const refused = await start({ n: 'many' })
    expect([refused.status, refused.body['violations']]).toEqual([
      400,
      [{ pointer: '/n', message: 'must be integer, got "many"' }],
    ])
    const { input, output, error } = await run('child', { n: -5 })
    expect({ input, output }).toEqual({ input: { n: -5, kind: 'plain' }, output: null })
    expect(error).toMatchObject({
      type: 'NoRoute',
      message: 'no route for "false" and no default; routes: true',
      task: 'double',
      attempts: 1,
    })
  })
})
