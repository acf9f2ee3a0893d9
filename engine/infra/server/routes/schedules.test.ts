import { describe, expect, it } from 'vitest'
import { problem, serve } from '../testing/client.ts'

describe('schedules', () => {
  const nightly = {
    workflow_id: 'nightly',
    cron: '30 3 * * *',
    timezone: 'Europe/Lisbon',
    enabled: true,
  }

  it('Should be listed and shown', async () => {
    const { call } = await serve()
    expect((await call('GET', '/schedules')).body).toMatchObject({
      items: [nightly],
      next_cursor: null,
    })
    expect((await call('GET', '/schedules/nightly')).body).toMatchObject(nightly)
  })

  it('Should be paused and resumed', async () => {
    const { call } = await serve()
    for (const enabled of [false, true]) {
      const answer = await call('PATCH', '/schedules/nightly', { enabled })
      expect(answer).toMatchObject({ status: 200, body: { ...nightly, enabled } })
      expect((await call('GET', '/schedules/nightly')).body).toEqual(answer.body)
    }
  })

  it.each([{}, { enabled: 'yes' }, { enabled: true, cron: '* * * * *' }, undefined])(
    'Should refuse the change %j',
    async (change) => {
      const { call } = await serve()
      expect(await call('PATCH', '/schedules/nightly', change)).toMatchObject(
        problem(400, 'input_invalid'),
      )
      expect((await call('GET', '/schedules/nightly')).body).toMatchObject(nightly)
    },
  )

  it('Should start a run now', async () => {
    const { call, executions } = await serve()
    const answer = await call('POST', '/schedules/nightly/trigger')
    expect(answer).toMatchObject({ status: 202, body: { workflow_id: 'nightly' } })
    const { exec_id } = answer.body as { exec_id: string }
    expect((await executions.list({ limit: 9 })).items).toMatchObject([
      { workflow_id: 'nightly', exec_id },
    ])
  })

  it('Should answer 404 for a workflow without a schedule', async () => {
    const { call } = await serve()
    const expected = problem(404, 'not_found', 'no workflow "parcel" with a schedule')
    expect(await call('GET', '/schedules/parcel')).toMatchObject(expected)
    expect(await call('PATCH', '/schedules/parcel', { enabled: true })).toMatchObject(expected)
    expect(await call('POST', '/schedules/parcel/trigger')).toMatchObject(expected)
  })
})
