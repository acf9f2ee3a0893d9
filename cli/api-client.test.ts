import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiClient } from './api-client.ts'

/** A server that gives this answer to everything. */
async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const client = (url: string) => createApiClient(url, { signal: new AbortController().signal })

describe('createApiClient', () => {
  it('Should give what the server answers', async () => {
    expect(await client(await serve(202, '{"exec_id":"a"}')).start('order', {})).toEqual({ exec_id: 'a' })
  })

  it('Should take over code, message and violations of a problem', async () => {
    const violations = [{ pointer: '/items', message: 'is required' }]
    const problem = JSON.stringify({ code: 'input_invalid', detail: 'does not fit', violations })
    await expect(client(await serve(400, problem)).start('order', {})).rejects.toMatchObject({
      code: 'input_invalid',
      message: 'does not fit',
      violations,
    })
  })

  it.each([
    ['an answer that is not JSON', 502, '<html>', /answered 502, not with JSON/],
    [
      'a problem with a code that it does not know',
      418,
      '{"code":"teapot","title":"I am a teapot"}',
      /teapot/,
    ],
  ])('Should say so for %s', async (_, status, body, message) => {
    await expect(client(await serve(status, body)).execution('a')).rejects.toThrow(message)
  })

  it('Should say so where nobody answers', async () => {
    await expect(client('http://127.0.0.1:1').start('order', {})).rejects.toMatchObject({
      code: 'unavailable',
      message: 'no Compozy answers at http://127.0.0.1:1; is it running?',
    })
  })
})
