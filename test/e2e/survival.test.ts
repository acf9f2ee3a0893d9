import { describe, expect, it, onTestFinished } from 'vitest'
import { call, closed, startRun, taskReaches } from '../support/api.ts'
import { copyProject, eventually, startCompozy } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

const piano = { items: [{ sku: 'piano' }] }
const waiting = 20

describe('survival', () => {
  it('Should find every waiting run again after the whole engine was killed', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const args = ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']

    const first = await startCompozy(args)
    const ids = await Promise.all(
      Array.from({ length: waiting }, () => startRun(first.ready.api, 'order', piano)),
    )
    await Promise.all(ids.map((id) => taskReaches(first.ready.api, id, 'approval', 'running')))
    await first.kill()

    const second = await startCompozy(args)
    const { api, metrics } = second.ready
    const open = await eventually(
      () => call(api, 'GET', '/api/v0/executions/workflows?status=running&limit=100'),
      ({ body }) => (body['items'] as unknown[]).length === waiting,
    )
    expect(
      (open.body['items'] as { exec_id: string }[]).map(({ exec_id }) => exec_id).toSorted(),
    ).toEqual(ids.toSorted())
    await Promise.all(
      ids.map((id) =>
        call(api, 'POST', `/api/v0/executions/workflows/${id}/signals/approve`, { approved: true }),
      ),
    )
    const done = await Promise.all(ids.map((id) => closed(api, id)))
    expect(done.map(({ status }) => status)).toEqual(ids.map(() => 'completed'))

    // The killed process took its counts with it; what this one saw is complete: no start, every
    // close.
    await eventually(
      async () => {
        const { samples } = await scrape(metrics!)
        return ['started', 'completed'].map((name) =>
          sumOf(samples, `compozy_temporal_workflow_${name}_total`),
        )
      },
      ([started, completed]) => started === 0 && completed === waiting,
    )
    expect(await second.stop()).toBe(0)
  })

  it('Should refuse a second dev engine on the same database instead of spoiling it', async () => {
    const project = copyProject('examples/quickstart')
    onTestFinished(project.remove)
    const args = ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']
    const first = await startCompozy(args)
    await expect(startCompozy(args)).rejects.toThrow(/ended with 1[\s\S]*already/)
    expect(await first.stop()).toBe(0)
  })
})
