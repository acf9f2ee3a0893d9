import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { call } from '../support/api.ts'
import { eventually } from '../support/compozy.ts'
import { startEngine } from '../support/engine.ts'
import { exampleRuns } from '../support/examples.ts'
import { sumOf } from '../support/metrics.ts'

const start = (example: string) => startEngine({ project: `examples/${example}` })

const tested = [...new Set(exampleRuns.map(({ example }) => example))]

describe('examples', () => {
  it.each(tested)(
    'Should give the outputs of %s that its README promises, each run counted once',
    async (example) => {
      const engine = await start(example)
      const runs = exampleRuns.filter((run) => run.example === example)
      for (const { workflow, input, output, signals = [] } of runs) {
        const id = await engine.start(workflow, input)
        for (const { whileRunning, name, payload } of signals) {
          await engine.taskReaches(id, whileRunning, 'running')
          await engine.signal(id, name, payload)
        }
        const done = await engine.closed(id, 60_000)
        expect({ status: done.status, error: done.error, output: done.output }).toEqual({
          status: 'completed',
          error: null,
          output,
        })
      }
      await eventually(
        () => engine.samples(),
        (samples) => {
          const type = { workflow_type: runs[0]!.workflow }
          const value = (name: string) =>
            sumOf(samples, `compozy_temporal_workflow_${name}_total`, type)
          return (
            value('started') === runs.length &&
            value('completed') === runs.length &&
            value('failed') === 0
          )
        },
      )
    },
  )

  it('Should start the workflow that listens when an event is sent, by a task or through the API', async () => {
    const engine = await start('events')
    const listed = async () => {
      const path = '/api/v0/executions/workflows?workflow_id=restock&status=completed'
      const body = await engine.get(path)
      return body['items'] as { exec_id: string }[]
    }
    const sale = await engine.run('sale', { article: 'melon' })
    expect(sale.output).toMatchObject({ delivered: 1 })
    const [first] = await eventually(listed, (items) => items.length === 1)
    expect((await engine.closed(first!.exec_id)).output).toEqual({
      order: '1 x melon',
      because: 'article.sold',
    })

    const event = { name: 'article.sold', payload: { article: 'pear', pieces: 4 } }
    expect((await engine.post('/api/v0/events', event)).status).toBe(202)
    await eventually(listed, (items) => items.length === 2)
    const misfit = await engine.post('/api/v0/events', {
      name: 'article.sold',
      payload: { article: 'pear' },
    })
    expect([misfit.status, misfit.body['code']]).toEqual([400, 'input_invalid'])
    const unheard = await engine.post('/api/v0/events', { name: 'article.solt', payload: {} })
    expect([unheard.status, unheard.body['detail']]).toEqual([
      404,
      expect.stringContaining('article.sold'),
    ])
  })

  it('Should keep the schedule of the file, and run it when it is triggered', async () => {
    const engine = await start('scheduled')
    const body = await engine.get('/api/v0/schedules')
    expect(body['items']).toEqual([
      expect.objectContaining({
        workflow_id: 'nightly',
        cron: '30 3 * * *',
        timezone: 'Europe/Lisbon',
        enabled: true,
        last_run_at: null,
      }),
    ])
    expect((await engine.post('/api/v0/schedules/nightly/trigger')).status).toBe(202)
    const [run] = await eventually(
      async () =>
        (await engine.get('/api/v0/executions/workflows?status=completed'))['items'] as {
          exec_id: string
        }[],
      (items) => items.length === 1,
    )
    expect((await engine.closed(run!.exec_id)).output).toEqual({ kept: 30, started_by: 'schedule' })
    const paused = await call(engine.api, 'PATCH', '/api/v0/schedules/nightly', { enabled: false })
    expect(paused.body).toMatchObject({ enabled: false, next_run_at: null })
  })

  it('Should leave no example without a test', () => {
    const known = new Set([
      ...tested,
      'events',
      'scheduled',
      'quickstart',
      'custom-metrics',
      'own-server',
    ])
    expect(readdirSync('examples').filter((name) => !known.has(name))).toEqual([])
  })
})
