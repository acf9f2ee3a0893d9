import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loopbacks, resolveLocalhostTwice } from '../../../test/support/two-loopbacks.ts'
import { createTestServer } from './testing/server.ts'

/** Sends raw bytes and returns the head and the body of the answer. */
async function send(bytes: string): Promise<{ head: string; body: Record<string, unknown> }> {
  const server = await createTestServer()
  const { port } = new URL(await server.listen())
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
  const [head, body] = (await text(socket)).split('\r\n\r\n')
  return { head: head!, body: JSON.parse(body!) as Record<string, unknown> }
}

describe('a malformed request', () => {
  it.each([
    [
      'nonsense',
      'NONSENSE\r\n\r\n',
      400,
      /^invalid HTTP request: Parse Error: Invalid method encountered$/,
    ],
    [
      'two lengths that differ',
      'POST /api/v0/events HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      /^invalid HTTP request: Parse Error/,
    ],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      /^the headers are larger than 16 KiB$/,
    ],
  ])('Should be answered with a problem: %s', async (_, bytes, status, detail) => {
    const { head, body } = await send(bytes)
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toContain('content-type: application/problem+json; charset=utf-8')
    expect(head).toContain(`x-request-id: ${String(body['request_id'])}`)
    expect(head).toContain('x-content-type-options: nosniff')
    expect(body).toMatchObject({
      type: 'about:blank',
      status,
      code: 'input_invalid',
      detail: expect.stringMatching(detail) as string,
    })
  })

  it.each([
    ['without monitoring', false],
    ['with monitoring', true],
  ])('Should be answered once on each address of localhost, %s', async (_, enabled) => {
    onTestFinished(resolveLocalhostTwice().restore)
    const server = await createTestServer({
      config: { host: 'localhost' },
      monitoring: { enabled },
    })
    const { port } = new URL(await server.listen())
    for (const address of loopbacks) {
      const socket = connect(Number(port), address, () => socket.write('FOO / HTTP/1.1\r\n\r\n'))
      const answer = await text(socket)
      expect(answer).toContain('content-type: application/problem+json; charset=utf-8')
      expect(answer.match(/HTTP\/1\.1 400 /g)).toHaveLength(1)
    }
    const { body } = await server.app.inject('/metrics')
    expect(
      /^compozy_http_client_errors_total\{reason="invalid_method"\} (.*)$/m.exec(body)?.[1],
    ).toBe(enabled ? '2' : undefined)
  })
})
