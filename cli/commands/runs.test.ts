import { describe, expect, it } from 'vitest'
import { serveAnswers } from '../testing/api-server.ts'
import { run } from '../testing/run.ts'

const failed = {
  exec_id: 'order-1',
  status: 'failed',
  started_at: '2026-01-01T00:00:00.000Z',
  closed_at: '2026-01-01T00:00:10.000Z',
  rerun_of: null,
  error: { type: 'ToolError:Declined', message: 'no funds', task: 'charge' },
}
const charge = {
  id: 'charge',
  status: 'failed',
  visit: 1,
  started_at: '2026-01-01T00:00:05.000Z',
  ended_at: '2026-01-01T00:00:10.000Z',
  attempt_count: 3,
  error: failed.error,
}

const warning = 'no task of this run waits for the signal "aprove"; did you mean "approve"?'

async function serveRuns() {
  const asked: string[] = []
  const url = await serveAnswers(({ method, url: path = '' }, body) => {
    asked.push(`${method} ${path} ${body}`.trim())
    if (path.includes('/tasks')) return { status: 200, body: { items: [charge] } }
    if (path.endsWith('/signals/aprove'))
      return { status: 202, body: { exec_id: 'order-1', warning } }
    if (method === 'POST') return { status: 202, body: { exec_id: 'order-1~2' } }
    return { status: 200, body: path.includes('?') ? { items: [failed] } : failed }
  })
  const call = (...words: string[]) => run(['runs', ...words], { env: { COMPOZY_SERVER: url } })
  return { asked, call }
}

describe('compozy runs', () => {
  it('Should list runs with their errors, by filter', async () => {
    const { asked, call } = await serveRuns()
    const { code, stdout } = await call('list', '--status', 'failed', '--workflow', 'order')
    expect([code, asked]).toEqual([
      0,
      ['GET /api/v0/executions/workflows?limit=20&workflow_id=order&status=failed'],
    ])
    expect(stdout).toContain('order-1  failed  2026-01-01T00:00:00.000Z  10s   charge: no funds')
  })

  it('Should draw the tasks of a run as a timeline', async () => {
    const { call } = await serveRuns()
    const { stdout } = await call('show', 'order-1')
    expect(stdout).toContain(
      '  charge  failed  |            ████████████|  5s  3 attempts  ToolError:Declined: no funds',
    )
  })

  it('Should repeat a run from its failed task', async () => {
    const { asked, call } = await serveRuns()
    expect(await call('rerun', 'order-1', '--from-failed')).toMatchObject({
      code: 0,
      stdout: 'order-1~2\n',
    })
    expect(asked).toEqual([
      'POST /api/v0/executions/workflows/order-1/rerun {"from":"failed_task","definition":"current"}',
    ])
  })

  it('Should warn of a signal that no task waits for', async () => {
    const { call } = await serveRuns()
    expect(await call('signal', 'order-1', 'aprove')).toMatchObject({
      code: 0,
      stdout: 'order-1\n',
      stderr: `warning: ${warning}\n`,
    })
    expect(await call('signal', 'order-1', 'approve')).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    [['lst'], 'runs has no action "lst"; did you mean "list"?'],
    [['show'], 'the run is missing; use: compozy runs show EXEC_ID'],
    [['list', 'x'], 'runs list takes no run, but got "x"'],
    [['signal', 'x'], 'the signal is missing'],
  ])('Should refuse %j', async (words, message) => {
    const { call } = await serveRuns()
    const { code, stderr } = await call(...words)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('compozy run', () => {
  it('Should use the engine that COMPOZY_SERVER names, and start none', async () => {
    const env = { COMPOZY_SERVER: 'http://127.0.0.1:1' }
    const { code, stderr } = await run(['run', 'order'], { env })
    expect(code).toBe(1)
    expect(stderr).toContain('no engine answers at http://127.0.0.1:1')
  })

  it('Should look for a project where COMPOZY_SERVER is empty', async () => {
    const { code, stderr } = await run(['run', 'order', '--cwd', 'docs'], {
      env: { COMPOZY_SERVER: '' },
    })
    expect(code).toBe(2)
    expect(stderr).toContain('there is no compozy.yaml here')
  })
})
