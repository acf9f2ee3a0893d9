import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { createErrorHandler } from '../error-handler.ts'
import { pointToMetrics } from './metrics-elsewhere.ts'
import { createTestServer } from '../testing/server.ts'

async function ask(listen: () => Promise<string | undefined>) {
  const app = Fastify()
  app.setErrorHandler(createErrorHandler(silentLogger))
  pointToMetrics(app, '/own/metrics', listen)
  const answer = await app.inject('/own/metrics')
  return { status: answer.statusCode, link: answer.headers.link, body: answer.json<object>() }
}

describe('the metrics path of a server without metrics', () => {
  it('Should tell the address of the listener that has them, to people and programs', async () => {
    expect(await ask(async () => 'http://127.0.0.1:9464')).toMatchObject({
      status: 404,
      link: '<http://127.0.0.1:9464/own/metrics>; rel="alternate"',
      body: {
        code: 'not_found',
        detail:
          'this server has no metrics: monitoring.listen serves them at http://127.0.0.1:9464/own/metrics',
      },
    })
  })

  it('Should tell no address while the process stops', async () => {
    const { status, link, body } = await ask(() => Promise.reject(new Error('disposed')))
    expect([status, link]).toEqual([404, undefined])
    expect(body).toMatchObject({ detail: expect.stringContaining('closed') as string })
  })

  it('Should be the metrics themselves on a server that serves them', async () => {
    const { app } = await createTestServer()
    const { statusCode, headers } = await app.inject('/metrics')
    expect([statusCode, headers.link]).toEqual([200, undefined])
  })
})
