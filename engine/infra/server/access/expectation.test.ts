import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loopbacks, resolveLocalhostTwice } from '../../../../test/support/two-loopbacks.ts'
import { createTestServer } from '../testing/server.ts'

const problemHead = 'content-type: application/problem+json; charset=utf-8'

/** Sends a request and returns the heads and the last body of its answer. */
async function send(
  port: string,
  [line, ...headers]: readonly string[],
  body = '',
): Promise<readonly string[]> {
  const head = [`${line} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers]
  const bytes = `${head.join('\r\n')}\r\n\r\n${body}`
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
  return (await text(socket)).split('\r\n\r\n')
}

describe('an Expect header', () => {
  it.each([
    ['GET /healthz', '/healthz', 'foo'],
    ['GET /nowhere', 'unmatched', '200-maybe'],
    ['POST /api/v0/events', '/api/v0/events', ''],
  ])('Should be answered with a problem and counted once: %s', async (line, path, value) => {
    const server = await createTestServer()
    const { port } = new URL(await server.listen())
    const json = ['content-type: application/json', 'content-length: 2']
    const sent = [line, `expect: ${value}`, 'x-request-id: mine', ...json]
    const [head, body] = await send(port, sent, '{}')
    expect(head).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/)
    for (const header of [problemHead, 'x-request-id: mine', 'x-content-type-options: nosniff'])
      expect(head).toContain(header)
    expect(head).toContain('connection: close')
    expect(JSON.parse(body!)).toEqual({
      type: 'about:blank',
      title: 'Expectation Failed',
      status: 417,
      code: 'input_invalid',
      detail: `the server cannot meet the expectation "${value}"; only 100-continue is allowed in the Expect header`,
      request_id: 'mine',
    })
    const { body: samples } = await server.app.inject('/metrics')
    const counted = samples.split('\n').filter((sample) => /status_code="417"/.test(sample))
    const method = line.split(' ')[0]!
    expect(counted).toEqual([
      `compozy_http_requests_total{method="${method}",path="${path}",status_code="417"} 1`,
    ])
  })

  it.each([true, false])(
    'Should be answered on each address of localhost (monitoring: %s)',
    async (enabled) => {
      onTestFinished(resolveLocalhostTwice().restore)
      const server = await createTestServer({
        config: { host: 'localhost' },
        monitoring: { enabled },
      })
      const { port } = new URL(await server.listen())
      for (const address of loopbacks) {
        const socket = connect(Number(port), address, () =>
          socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nexpect: foo\r\n\r\n'),
        )
        const answer = await text(socket)
        expect(answer).toContain(problemHead)
        expect(answer.match(/HTTP\/1\.1 417 /g)).toHaveLength(1)
      }
      const { body } = await server.app.inject('/metrics')
      expect(/^compozy_http_requests_total\{.*status_code="417"\} (.*)$/m.exec(body)?.[1]).toBe(
        enabled ? '2' : undefined,
      )
    },
  )

  it('Should be met where it is 100-continue', async () => {
    const server = await createTestServer()
    const { port } = new URL(await server.listen())
    const json = ['content-type: application/json', 'content-length: 2', 'expect: 100-continue']
    const [first, second, body] = await send(port, ['POST /api/v0/events', ...json], '{}')
    expect(first).toBe('HTTP/1.1 100 Continue')
    expect(second).toMatch(/^HTTP\/1\.1 400 /)
    expect(body).toContain('/body')
  })
})
