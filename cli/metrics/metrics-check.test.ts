import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../engine/core/logger.ts'
import { monitoringDefaults } from '../../engine/infra/monitoring/config.ts'
import { contentTypes } from '../../engine/infra/monitoring/exposition/format.ts'
import { createMonitoringService } from '../../engine/infra/monitoring/index.ts'
import { allFamilies, createMonitoring } from '../../engine/infra/monitoring/public/index.ts'
import { eventsOf, run } from '../testing/run.ts'

async function serve(
  token?: string,
  buckets: Readonly<Record<string, readonly number[]>> = {},
): Promise<string> {
  const monitoring = await createMonitoringService({
    config: { ...monitoringDefaults, enabled: true, buckets },
    build: { version: '1.2.3', commit: 'abc' },
    workflows: [{ id: 'order', taskTypes: ['basic'] }],
    tools: ['price'],
    logger: silentLogger,
    token,
  })
  const app = Fastify(monitoring.http.requestCounting)
  monitoring.http.countRoutes(app)
  monitoring.http.registerEndpoint(app)
  onTestFinished(async () => {
    await app.close()
    await monitoring.dispose()
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await fetch(`${url}/nowhere`)
  return url
}

function file(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'scrape.txt'), content)
  return join(folder, 'scrape.txt')
}

describe('compozy metrics check', () => {
  it('Should find nothing wrong with a live endpoint, in all formats', async () => {
    const url = await serve()
    // The first scrape creates the series of its own route.
    await (await fetch(`${url}/metrics`)).text()
    const { code, stdout } = await run(['metrics', 'check', url])
    const [, counts] = /\(text\): (\d+ families, \d+ series; all good)\n/.exec(stdout) ?? []
    expect(stdout.replaceAll(`${url}/metrics`, '')).toBe(
      ['text', 'openmetrics', 'protobuf'].map((format) => ` (${format}): ${counts}\n`).join(''),
    )
    expect(code).toBe(0)
    expect((await run(['metrics', 'check', `${url}/metrics`, '--core'])).code).toBe(0)
  })

  it('Should check an application of the library by its prefix, and miss its uptime under another', async () => {
    const monitoring = await createMonitoring({
      prefix: 'shop',
      build: { version: '1.0.0' },
      logger: silentLogger,
      listen: '127.0.0.1:0',
    })
    onTestFinished(() => monitoring.dispose())
    monitoring.metrics.counter({ name: 'shop_carts_total', help: 'Carts.', labels: {} })
    const url = `${await monitoring.http.listen()}/metrics`
    const checked = await run(['metrics', 'check', url, '--prefix', 'shop'])
    expect(checked.stdout).not.toContain('error')
    expect(checked.code).toBe(0)
    const other = await run(['metrics', 'check', url, '--prefix', 'market'])
    expect(other.stdout).toContain('error: market_uptime_seconds_total is missing [missing]')
    expect(other.code).toBe(1)
    const refused = await run(['metrics', 'check', url, '--prefix', 'Shop'])
    expect(refused.stderr).toContain('flag --prefix="Shop"')
    expect(refused.code).toBe(2)
  })

  it('Should warn of each alert that a bucket setting disarms', async () => {
    const family = 'compozy_http_request_duration_seconds'
    const disarmed = await run([
      'metrics',
      'check',
      await serve(undefined, { [family]: [0.1, 0.5] }),
    ])
    expect(disarmed.stdout).toContain(
      `warning: ${family} the buckets of ${family} have no bound 1, so the shipped alert CompozyApiLatencyHigh cannot fire`,
    )
    expect(disarmed.code).toBe(0)
    const armed = await run(['metrics', 'check', await serve(undefined, { [family]: [0.1, 1] })])
    expect(armed.stdout).not.toContain('disarmed')
  })

  it('Should send the token, and say why it was not let in', async () => {
    const url = await serve('secret')
    const refused = await run(['metrics', 'check', url])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('answered 401: the metrics endpoint requires a token'),
    ])
    expect((await run(['metrics', 'check', url, '--token-file', file('secret\n')])).code).toBe(0)
  })

  it('Should name each finding with its line, and exit with 1', async () => {
    const text = (await (await fetch(`${await serve()}/metrics`)).text()).replaceAll(
      'status_code=',
      'status=',
    )
    const path = file(text)
    const { code, stdout } = await run(['metrics', 'check', path])
    const line = text.split('\n').findIndex((each) => each.includes('status="404"')) + 1
    expect(stdout).toContain(
      `${path}:${line}: error: compozy_http_requests_total has no label "status"; it has method, path, status_code [label]\n`,
    )
    expect(stdout).toMatch(/; 2 errors\n$/)
    expect(code).toBe(1)
    const json = await run(['metrics', 'check', path, '--json'])
    const events = eventsOf(json.stdout)
    expect(events.map(({ event }) => event)).toEqual(['finding', 'finding', 'checked'])
    expect(events.at(-1)).toEqual({ event: 'checked', ok: false, errors: 2, warnings: 0 })
  })

  it('Should read protobuf from a file, and refuse it with the byte where it is broken', async () => {
    const accept = contentTypes.protobuf
    const reply = await fetch(`${await serve()}/metrics`, { headers: { accept } })
    const body = Buffer.from(await reply.arrayBuffer())
    const good = await run(['metrics', 'check', file(body)])
    expect(good.stdout).toMatch(/: \d+ families, \d+ series; all good\n$/)
    const path = file(body.subarray(0, -1))
    const { code, stderr } = await run(['metrics', 'check', path])
    expect(stderr).toMatch(
      /: byte \d+: a family should have \d+ bytes, and only \d+ follow; the exposition is cut off\n$/,
    )
    expect(stderr).toContain(path)
    expect(code).toBe(2)
  })

  it('Should find the same in every format', async () => {
    const url = await serve(undefined, { compozy_http_request_duration_seconds: [0.1, 0.5] })
    const { stdout } = await run(['metrics', 'check', url, '--json'])
    const found = eventsOf(stdout).filter(({ event }) => event === 'finding')
    const of = (format: string): unknown[] =>
      found.flatMap(({ source, metric, message, rule }) =>
        String(source).endsWith(`(${format})`) ? [{ metric, message, rule }] : [],
      )
    expect(of('text').length).toBeGreaterThan(0)
    expect(of('openmetrics')).toEqual(of('text'))
    expect(of('protobuf')).toEqual(of('text'))
  })

  it('Should refuse a text that is not UTF-8 with its place, and accept one that is', async () => {
    const text = '# HELP a_b Größe.\n# TYPE a_b gauge\na_b{x="é"} 1\n'
    const good = await run(['metrics', 'check', file(text), '--core'])
    expect(good.stderr).toBe('')
    const { code, stderr } = await run(['metrics', 'check', file(Buffer.from(text, 'latin1'))])
    expect(stderr).toContain(':1:14: the text must be UTF-8\n  1 | # HELP a_b Gr')
    expect(code).toBe(2)
  })

  it.each([
    ['0.0.1', 'all good', 'came as'],
    ['2.0.0', 'came as "application/openmetrics-text; version=2.0.0"', 'all good'],
  ])('Should judge OpenMetrics of version %s', async (version, shown, absent) => {
    const url = await serve()
    const app = Fastify()
    app.get('/metrics', async ({ headers: { accept = '' } }, reply) => {
      const source = await fetch(`${url}/metrics`, { headers: { accept } })
      const type = source.headers.get('content-type')!
      const body = Buffer.from(await source.arrayBuffer())
      const given = type.replace(/version=1\.0\.0.*/, `version=${version}`)
      return reply.header('content-type', given).send(body)
    })
    onTestFinished(() => app.close())
    const proxy = await app.listen({ port: 0, host: '127.0.0.1' })
    const { stdout, stderr } = await run(['metrics', 'check', proxy])
    expect(stdout + stderr).toContain(shown)
    expect(stdout + stderr).not.toContain(absent)
  })

  it('Should exit with 0 where there are warnings alone, and say them', async () => {
    const text = await (await fetch(`${await serve()}/metrics`)).text()
    const path = file(
      text.replace('errors_total{place="scrape"} 0', 'errors_total{place="scrape"} 2'),
    )
    const { code, stdout } = await run(['metrics', 'check', path])
    expect(stdout).toMatch(
      /: warning: compozy_metrics_errors_total place="scrape" is 2; .* \[health\]\n/,
    )
    expect(stdout).toMatch(/; 1 warning\n$/)
    expect(code).toBe(0)
    const json = await run(['metrics', 'check', path, '--json'])
    expect(eventsOf(json.stdout).at(-1)).toEqual({
      event: 'checked',
      ok: true,
      errors: 0,
      warnings: 1,
    })
  })

  it('Should show of a long line the part around what is wrong', async () => {
    const { code, stderr } = await run([
      'metrics',
      'check',
      file(`a{x="${'y'.repeat(200)}"} one\n`),
    ])
    const [, line = '', caret = ''] = stderr.split('\n')
    expect(line).toHaveLength('  1 | '.length + 100 / 2 + 'one'.length)
    expect(line[caret.indexOf('^')]).toBe('o')
    expect(code).toBe(2)
  })

  it.each<[string, string, string]>([
    ['answers with a page', '<html>', 'came as "text/html" and not as "text/plain; version=0.0.4"'],
    ['was cut off', 'a 1', ':1:4: the last line must end with LF'],
  ])('Should say so where an endpoint %s', async (_, body, message) => {
    const app = Fastify()
    app.get('/metrics', async ({ headers: { accept = '' } }, reply) => {
      const type = body.startsWith('<')
        ? 'text/html'
        : `${accept.replace(';', '; ')}; charset=utf-8`
      return reply.header('content-type', type).send(body)
    })
    onTestFinished(() => app.close())
    const { stderr } = await run([
      'metrics',
      'check',
      await app.listen({ port: 0, host: '127.0.0.1' }),
    ])
    expect(stderr).toContain(message)
  })

  it.each([
    ['a text that is no exposition', '<html>\n', ['1:1: a line must be', '1 | <html>\n    | ^']],
    [
      'a broken label',
      'a{x=1} 1\n',
      ['1:5: the value of x must be in double quotes', '1 | a{x=1} 1\n    |     ^'],
    ],
  ])('Should show where %s breaks, and exit with 2', async (_, text, shown) => {
    const { code, stderr } = await run(['metrics', 'check', file(text)])
    for (const part of shown) expect(stderr).toContain(part)
    expect(code).toBe(2)
  })

  it('Should say that OpenMetrics is cut off, wherever it ends', async () => {
    const headers = { accept: 'application/openmetrics-text;version=1.0.0' }
    const whole = await (await fetch(`${await serve()}/metrics`, { headers })).text()
    const lines = whole.split('\n')
    const ends = [whole.replace('# EOF\n', ''), lines.slice(0, 20).join('\n'), whole.slice(0, -40)]
    for (const text of ends) {
      const { code, stdout, stderr } = await run(['metrics', 'check', file(text)])
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('scrape.txt: it looks like OpenMetrics without its end "# EOF"')
    }
    const { code, stderr } = await run(['metrics', 'check', file(whole)])
    expect([code, stderr]).toEqual([0, ''])
  })

  it.each([
    ['an exemplar', 'a_bucket{le="1"} 1 # {id="x"} 1\n', true],
    ['a unit', '# TYPE a_bytes gauge\n# UNIT a_bytes bytes\na_bytes 1\n', true],
    ['a counter without _total', '# TYPE a counter\na_total{b="c"} 1\n', true],
    ['text', '# TYPE a_total counter\na_total{b="x # y"} 1\n', false],
    ['text with another comment', '# UNITS a_bytes bytes\na_bytes 1\n', false],
  ])('Should take %s for a sign of OpenMetrics, or not', async (_, text, isSign) => {
    const { stdout, stderr } = await run(['metrics', 'check', file(text)])
    expect(stderr.includes('it looks like OpenMetrics')).toBe(isSign)
    expect(stdout.includes('[')).toBe(!isSign)
  })

  it.each<[string[], number, string]>([
    [['check'], 2, 'metrics check needs a URL, a file or -'],
    [['chekc', 'x'], 2, 'metrics needs check URL, list, rules, or dashboard NAME'],
    [['check', 'nowhere.txt'], 2, 'does not exist'],
    [['check', 'http://127.0.0.1:1/metrics'], 1, 'http://127.0.0.1:1/metrics does not answer'],
    [['check', 'HTTP://127.0.0.1:1/metrics'], 1, '127.0.0.1:1/metrics does not answer'],
    [['check', 'x', '--max-series', 'many'], 2, 'it must be a whole number above 0'],
  ])('Should refuse %o', async (args, expected, message) => {
    const { code, stderr } = await run(['metrics', ...args])
    expect(stderr).toContain(message)
    expect(code).toBe(expected)
  })
})

describe('compozy metrics list', () => {
  it('Should print every family of the catalogue once', async () => {
    const { stdout } = await run(['metrics', 'list'])
    expect(stdout.trim().split('\n')).toHaveLength(allFamilies.length + 1)
    const json = await run(['metrics', 'list', '--json'])
    expect(eventsOf(json.stdout).map(({ name }) => name)).toEqual(
      allFamilies.map(({ name }) => name),
    )
    expect((await run(['metrics', 'list', '--markdown'])).stdout).toContain(
      '| `compozy_build_info` | gauge |',
    )
  })
})
