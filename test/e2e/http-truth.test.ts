import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'
import { scrape, sumOf, type Sample } from '../support/metrics.ts'

const total = 'compozy_http_requests_total'

describe('HTTP counts', () => {
  const engine = useEngine({ project: 'examples/quickstart', args: ['--workers', '0'] })
  let metrics: string
  let port: number

  beforeAll(async () => {
    metrics = engine.metrics
    port = Number(new URL(engine.api).port)
  })

  /** Sends bytes; leaves at once, or when the answer has ended. */
  function send(bytes: string, leave: 'at once' | 'after the answer'): Promise<string> {
    return new Promise((resolve) => {
      let answer = ''
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(bytes, () => {
          if (leave === 'at once') socket.destroy()
        })
      })
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
      socket.on('error', () => undefined).on('close', () => resolve(answer))
    })
  }

  const counted = (samples: readonly Sample[], labels: Record<string, string> = {}): number =>
    sumOf(samples, total, labels) - sumOf(samples, total, { path: '/metrics' })

  /** How much the totals grew, once in-flight is back to what the scrape itself causes. */
  async function growth(
    act: () => Promise<unknown>,
    expected: number,
    labels: Record<string, string> = {},
  ): Promise<Sample[]> {
    const before = (await scrape(metrics)).samples
    await act()
    return eventually(
      async () => (await scrape(metrics)).samples,
      (after) =>
        sumOf(after, total, labels) - sumOf(before, total, labels) === expected &&
        sumOf(after, 'compozy_http_requests_in_flight') ===
          sumOf(before, 'compozy_http_requests_in_flight'),
      { timeoutMs: 5_000 },
    )
  }

  it('Should count an answered request once, under its route template', async () => {
    await growth(() => fetch(`${engine.api}/api/v0/workflows/order`), 1, {
      method: 'GET',
      path: '/api/v0/workflows/:workflow_id',
      status_code: '200',
    })
  })

  it.each([
    ['a malformed URL', 'GET /%zz HTTP/1.1\r\nhost: localhost\r\n', 'unmatched'],
    ['a request without Host', 'GET /healthz HTTP/1.1\r\n', '/healthz'],
  ])('Should count %s once, which it refuses', async (_, head, path) => {
    await growth(() => send(`${head}connection: close\r\n\r\n`, 'after the answer'), 1, {
      path,
      status_code: '400',
      method: 'GET',
    })
  })

  it('Should count a client that leaves during its upload once, as 499', async () => {
    const head =
      'POST /api/v0/workflows/order/executions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
    await growth(() => send(`${head}content-length: 1000\r\n\r\n{"input":`, 'at once'), 1, {
      status_code: '499',
    })
  })

  it('Should fold methods that HTTP does not know, and not count what the parser refuses', async () => {
    await growth(
      () =>
        send(
          'PROPFIND /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
          'after the answer',
        ),
      1,
      { method: 'OTHER' },
    )
    const { samples } = await scrape(metrics)
    const before = counted(samples)
    expect(await send('FOO / HTTP/1.1\r\nhost: localhost\r\n\r\n', 'after the answer')).toMatch(
      /^HTTP\/1.1 400/,
    )
    expect(counted((await scrape(metrics)).samples)).toBe(before)
  })

  it('Should keep 300 random paths in one series a method and status', async () => {
    const paths = Array.from({ length: 300 }, () => `/${randomBytes(9).toString('base64url')}`)
    const samples = await growth(
      () => Promise.all(paths.map(async (path) => (await fetch(engine.api + path)).text())),
      300,
      { method: 'GET', path: 'unmatched', status_code: '404' },
    )
    const series = samples.filter(
      ({ name, labels }) =>
        name === total && labels['path'] === 'unmatched' && labels['method'] === 'GET',
    )
    expect(new Set(series.map(({ labels }) => labels['status_code']))).toEqual(
      new Set(['400', '404']),
    )
    expect(series).toHaveLength(2)
  })

  it('Should need nothing of an id to count it: no label holds one', async () => {
    const secret = `exec-${randomBytes(6).toString('hex')}`
    await (await fetch(`${engine.api}/api/v0/executions/workflows/${secret}`)).text()
    const { text } = await scrape(metrics)
    expect(text).not.toContain(secret)
    expect(text).toContain('path="/api/v0/executions/workflows/:exec_id",status_code="404"')
  })

  /** Sends requests on one connection, a thousand at a time, and waits for all answers. */
  async function sendAll(requests: readonly string[]): Promise<void> {
    for (let from = 0; from < requests.length; from += 1_000) {
      const batch = requests.slice(from, from + 1_000)
      const last = batch.length - 1
      const bytes = batch.map(
        (line, i) =>
          `${line} HTTP/1.1\r\nhost: localhost\r\n${i === last ? 'connection: close\r\n' : ''}\r\n`,
      )
      await send(bytes.join(''), 'after the answer')
    }
  }

  const hostile = (i: number): string => encodeURIComponent(`"} 1\n# TYPE x counter\nx{a="${i}é\\`)

  it.each<[string, (i: number) => string, Record<string, string>]>([
    ['paths', (i) => `GET /${hostile(i)}/${i}`, { path: 'unmatched', status_code: '404' }],
    [
      'workflow ids',
      (i) => `GET /api/v0/workflows/${hostile(i)}`,
      { path: '/api/v0/workflows/:workflow_id', status_code: '404' },
    ],
    [
      'execution ids',
      (i) => `GET /api/v0/executions/workflows/${hostile(i)}?a=${hostile(i)}`,
      { path: '/api/v0/executions/workflows/:exec_id' },
    ],
    [
      'methods that HTTP knows and we do not',
      (i) => `${['PROPFIND', 'MKCOL', 'REPORT', 'LINK', 'M-SEARCH'][i % 5]} /${hostile(i)}`,
      { method: 'OTHER', path: 'unmatched' },
    ],
  ])(
    'Should bound the series of 10,000 distinct hostile %s and count each',
    async (_, request, labels) => {
      const before = (await scrape(metrics)).samples
      const lines = Array.from({ length: 10_000 }, (_, i) => request(i))
      const after = await growth(() => sendAll(lines), 10_000, labels)
      // One new total for each status, one duration.
      expect(after.length - before.length).toBeLessThanOrEqual(2 + 14)
      expect(sumOf(after, 'compozy_metrics_dropped_series_total')).toBe(0)
    },
  )
})
