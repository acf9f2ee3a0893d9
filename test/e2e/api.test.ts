import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { call, closed, execution, startRun } from '../support/api.ts'
import { copyProject, runCompozy, startCompozy } from '../support/compozy.ts'

const apple = { items: [{ sku: 'apple', quantity: 3 }] }

function quickstart() {
  const project = copyProject('examples/quickstart')
  onTestFinished(project.remove)
  return ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']
}

/** Names and data of a stream of events, until it ends. */
async function eventsAt(url: string): Promise<[string, Record<string, unknown>][]> {
  const text = await (await fetch(url)).text()
  return [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, name, data]) => [
    name!,
    JSON.parse(data!) as Record<string, unknown>,
  ])
}

describe('the API on a real engine', () => {
  it('Should wait for a run, tell its progress as events, and show its tasks later without any worker', async () => {
    const dev = quickstart()
    const first = await startCompozy(dev)
    const { api } = first.ready
    const url = '/api/v0/workflows/order/executions/sync?timeout=60'
    const waited = await call(api, 'POST', url, { input: apple })
    expect([waited.status, waited.body['status']]).toEqual([200, 'completed'])

    const id = await startRun(api, 'order', apple)
    const events = await eventsAt(`${api}/api/v0/executions/workflows/${id}/events`)
    const last = new Map(
      events.filter(([name]) => name === 'task').map(([, data]) => [data['id'], data]),
    )
    expect(last.get('price')).toMatchObject({
      status: 'completed',
      started_at: expect.stringMatching(/Z$/),
    })
    expect(events.at(-1)).toMatchObject(['end', { exec_id: id, status: 'completed' }])
    const { tasks } = await closed(api, id)
    expect(await first.stop()).toBe(0)

    const second = await startCompozy([...dev, '--workers', '0'])
    const later = await execution(second.ready.api, id)
    expect(tasks).not.toBeNull()
    expect([later.status, later.tasks]).toEqual(['completed', tasks])
    expect(await second.stop()).toBe(0)
  })

  it('Should run what init makes', async () => {
    const project = copyProject('test/e2e/fixtures/hello')
    onTestFinished(project.remove)
    const dir = join(project.dir, 'new')
    expect(await runCompozy(['init', dir])).toMatchObject({ code: 0, stderr: '' })
    const input = JSON.stringify({ name: 'Ada', loud: true })
    const run = await runCompozy(['run', 'hello', '--cwd', dir, '--input', input])
    expect([run.code, JSON.parse(run.stdout)]).toEqual([0, { text: 'HELLO, ADA!' }])
  })
})
