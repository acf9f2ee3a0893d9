import type { InjectOptions } from 'fastify'
import { expect } from 'vitest'
import { createTestServer, type TestServerOptions } from './server.ts'

/** Creates a server and a function that calls it and returns status, body and headers. */
export async function serve(options?: TestServerOptions) {
  const { app, executions } = await createTestServer(options)
  const call = async (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    payload?: unknown,
    headers = {},
  ) => {
    const url = path.startsWith('/api') ? path : `/api/v0${path}`
    const request: InjectOptions = { method, url, headers }
    if (payload !== undefined) {
      request.headers = { 'content-type': 'application/json', ...headers }
      request.payload = JSON.stringify(payload)
    }
    const reply = await app.inject(request)
    return {
      status: reply.statusCode,
      body: reply.json<Record<string, unknown>>(),
      headers: reply.headers,
    }
  }
  const start = async (): Promise<string> => {
    const { body } = await call('POST', '/workflows/parcel/executions', { input: { weight: 1 } })
    return String(body['exec_id'])
  }
  return { app, executions, call, start }
}

/** Describes a problem answer, for `toMatchObject`. */
export const problem = (status: number, code: string, detail: unknown = expect.any(String)) => ({
  status,
  body: expect.objectContaining({ status, code, detail }),
})
