import { describe, expect, it } from 'vitest'
import { problem, serve } from '../testing/client.ts'

const foreign = [
  { 'sec-fetch-site': 'cross-site' },
  // Another port of this machine, where any page may be.
  { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
  { origin: 'https://evil.example' },
  { origin: 'http://127.0.0.1:3000' },
  { origin: 'null' },
  // The same host by another scheme is another origin.
  { origin: 'https://127.0.0.1:8080' },
  { origin: 'http://127.0.0.1:8080', 'x-forwarded-proto': 'https' },
]
const own = [
  {},
  { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:8080' },
  { 'sec-fetch-site': 'none' },
  { origin: 'http://127.0.0.1:8080' },
  { origin: 'https://127.0.0.1:8080', 'x-forwarded-proto': 'https' },
]
const host = '127.0.0.1:8080'

describe('the origin of a request', () => {
  it.each(foreign)('Should refuse changes by a page that sends %j', async (headers) => {
    const { call, start, executions } = await serve()
    const id = await start()
    const sent = { host, ...headers }
    const refused = problem(403, 'forbidden', expect.stringContaining('another origin'))
    expect(await call('POST', `/executions/workflows/${id}/cancel`, undefined, sent)).toMatchObject(
      refused,
    )
    expect(await call('POST', '/workflows/courier/executions', {}, sent)).toMatchObject(refused)
    expect(await call('PATCH', '/schedules/nightly', { enabled: false }, sent)).toMatchObject(
      refused,
    )
    expect((await executions.list({ limit: 9 })).items.map(({ status }) => status)).toEqual([
      'running',
    ])
  })

  it.each(own)('Should allow changes by programs and our own pages: %j', async (headers) => {
    const { call, start } = await serve()
    const url = `/executions/workflows/${await start()}/cancel`
    expect((await call('POST', url, undefined, { host, ...headers })).status).toBe(202)
  })

  it.each(foreign)('Should allow reads by a page that sends %j', async (headers) => {
    const { call } = await serve()
    expect((await call('GET', '/workflows', undefined, { host, ...headers })).status).toBe(200)
  })
})
