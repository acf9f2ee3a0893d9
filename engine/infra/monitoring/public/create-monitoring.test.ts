import { ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { connect as connectHttp2, constants } from 'node:http2'
import { text } from 'node:stream/consumers'
import Fastify, { LogController, type FastifyInstance, type FastifyReply } from 'fastify'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import { parseExposition } from './index.ts'
import { createMonitoring, type Monitoring } from './create-monitoring.ts'
import type { MonitoringOptions } from './options.ts'
import type { MonitoredWorker } from './workers.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function create(options: Partial<MonitoringOptions> = {}): Promise<Monitoring> {
  const monitoring = await createMonitoring({ prefix: 'shop', logger: silentLogger, ...options })
  cleanups.push(() => monitoring.dispose())
  return monitoring
}

async function serve(monitoring: Monitoring, app: FastifyInstance): Promise<number> {
  cleanups.push(() => app.close())
  await app.register(monitoring.fastify)
  app.get('/orders/:id', async () => 'ok')
  app.get('/hangs', () => new Promise(() => undefined))
  await app.listen({ port: 0 })
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Sends text on a connection of its own and disconnects when `until` says so. */
async function send(port: number, text: string, until: Promise<unknown>): Promise<void> {
  const socket = connect(port)
  await once(socket, 'connect')
  socket.on('data', () => undefined)
  socket.on('error', () => undefined)
  socket.write(text)
  await until
  socket.destroy()
}

async function scrape(monitoring: Monitoring): Promise<string> {
  const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
  return body.toString()
}

const linesOf = (text: string, start: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(start))

/** Waits until the exposition holds a line: a request ends after its reply. */
async function eventually(monitoring: Monitoring, line: string): Promise<string> {
  for (;;) {
    const text = await scrape(monitoring)
    if (text.includes(`${line}\n`)) return text
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CompozyError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

class OwnLog extends LogController {
  readonly seen: string[] = []
  override incomingRequest(request: { url: string }): void {
    this.seen.push(request.url)
  }
}

describe('a server of another owner', () => {
  const owners: readonly [string, () => FastifyInstance][] = [
    ['no logger', () => Fastify()],
    ['a pino logger', () => Fastify({ loggerInstance: pino({ level: 'silent' }) }) as never],
    ['a log controller', () => Fastify({ logController: new OwnLog() })],
    [
      'framework errors',
      () =>
        Fastify({
          frameworkErrors: (_, __, reply: FastifyReply) => void reply.code(400).send('no'),
        }),
    ],
  ]

  it.each(owners)('Should be counted once a request, whatever ends it, with %s', async (_, app) => {
    const monitoring = await create()
    const server = app()
    const port = await serve(monitoring, server)
    const arrived = new Promise<void>((resolve) => {
      server.server.on('request', ({ url }) => void (url === '/hangs' && resolve()))
    })
    await fetch(`http://127.0.0.1:${port}/orders/1?x=2`)
    await fetch(`http://127.0.0.1:${port}/orders/2`)
    await fetch(`http://127.0.0.1:${port}/nowhere`)
    await fetch(`http://127.0.0.1:${port}/%E0%A4%A`)
    await send(port, 'GET /hangs HTTP/1.1\r\nHost: a\r\n\r\n', arrived)
    const text = await eventually(
      monitoring,
      'shop_http_requests_total{method="GET",path="/hangs",status_code="499"} 1',
    )
    expect(
      linesOf(text, 'shop_http_requests_total{')
        .filter((line) => !line.includes('"/metrics"'))
        .toSorted(),
    ).toEqual([
      'shop_http_requests_total{method="GET",path="/hangs",status_code="499"} 1',
      'shop_http_requests_total{method="GET",path="/orders/:id",status_code="200"} 2',
      'shop_http_requests_total{method="GET",path="unmatched",status_code="400"} 1',
      'shop_http_requests_total{method="GET",path="unmatched",status_code="404"} 1',
    ])
    expect(text).toContain('shop_http_requests_in_flight 0\n')
  })

  it.each(owners)('Should be measured in seconds, with %s', async (_, app) => {
    const monitoring = await create()
    const server = app()
    cleanups.push(() => server.close())
    await server.register(monitoring.fastify)
    server.get('/orders/:id', async () => 'ok')
    await server.ready()
    const times: [number, number][] = [
      [7, 900_000_000],
      [10, 150_000_000],
    ]
    const clock = vi.spyOn(process, 'hrtime').mockImplementation(() => times.shift() ?? [11, 0])
    await server.inject('/orders/1')
    clock.mockRestore()
    expect(await scrape(monitoring)).toContain(
      'shop_http_request_duration_seconds_sum{method="GET",path="/orders/:id"} 2.25\n',
    )
  })

  it.each(owners)(
    'Should be open and unmeasured where it is long-lived, with %s',
    async (_, app) => {
      const monitoring = await create()
      const server = app()
      cleanups.push(() => server.close())
      await server.register(monitoring.fastify)
      let open = ''
      server.get('/stream', { config: { longLived: true } as object }, async () => {
        open = await scrape(monitoring)
        return 'ok'
      })
      await server.inject('/stream')
      expect(open).toContain('shop_http_long_lived_requests_in_flight 1\n')
      expect(open).toContain('shop_http_oldest_request_age_seconds 0\n')
      const closed = await scrape(monitoring)
      expect(closed).toContain('shop_http_long_lived_requests_in_flight 0\n')
      expect(closed).toContain('shop_http_requests_in_flight 0\n')
      expect(closed).toContain(
        'shop_http_requests_total{method="GET",path="/stream",status_code="200"} 1',
      )
      expect(closed).not.toContain('duration_seconds_count{method="GET",path="/stream"} 1')
    },
  )

  it.each([
    ['http_request', 1],
    ['http_response', 2],
  ])('Should be served where counting it fails, which is counted as %s', async (place, call) => {
    const monitoring = await create()
    const server = Fastify({ logController: new OwnLog() })
    cleanups.push(() => server.close())
    await server.register(monitoring.fastify)
    server.get('/orders/:id', async () => 'ok')
    await server.ready()
    let calls = 0
    const clock = vi.spyOn(process, 'hrtime').mockImplementation(() => {
      if (++calls === call) throw new Error('no clock')
      return [7, 0]
    })
    expect((await server.inject('/orders/1')).body).toBe('ok')
    clock.mockRestore()
    expect(await scrape(monitoring)).toContain(`shop_metrics_errors_total{place="${place}"} 1\n`)
  })

  it('Should leave the log controller of its owner alone', async () => {
    const monitoring = await create()
    const logController = new OwnLog()
    const port = await serve(monitoring, Fastify({ logController }))
    await fetch(`http://127.0.0.1:${port}/orders/1`)
    expect(logController.seen).toEqual(['/orders/1'])
  })

  it('Should count routes that were declared before, and injected requests', async () => {
    const monitoring = await create()
    const app = Fastify()
    cleanups.push(() => app.close())
    app.get('/early/:id', async () => 'ok')
    await app.register(monitoring.fastify)
    await app.inject('/early/1')
    expect(await scrape(monitoring)).toContain(
      'shop_http_requests_total{method="GET",path="/early/:id",status_code="200"} 1\n',
    )
  })

  it('Should refuse a second registration, a context of a plugin and a taken path', async () => {
    const monitoring = await create()
    const second = await create({ path: '/other' })
    const app = Fastify()
    cleanups.push(() => app.close())
    await app.register(monitoring.fastify)
    expect(await refusal(() => app.register(second.fastify))).toBe(
      'conflict: this Fastify server is already monitored; attach one monitoring to it, once',
    )
    const nested = Fastify()
    nested.register(async (context) => {
      await context.register(second.fastify)
    })
    expect(await refusal(() => nested.ready())).toMatch(/^config_invalid: .*on the server itself$/)
    const taken = Fastify()
    taken.get('/other', async () => 'mine')
    expect(await refusal(() => taken.register(second.fastify))).toMatch(
      /^conflict: the server already has a route GET \/other/,
    )
  })
})

describe('a WebSocket', () => {
  /** Hands upgrades to the routes, as @fastify/websocket does. */
  function routeUpgrades(app: FastifyInstance): void {
    app.server.on('upgrade', (request, socket) => {
      const response = new ServerResponse(request)
      response.assignSocket(socket as Socket)
      // Without a reader, Node does not see that the client has gone.
      socket.resume()
      socket.on('end', () => socket.destroy())
      socket.on('error', () => undefined)
      app.routing(request, response)
    })
  }

  it.each([
    ['its own log controller', () => Fastify({ logController: new OwnLog() }), false],
    ['the one that counts', Fastify, true],
  ] as const)('Should count as 101 when it ends, with %s', async (_, create_, fast) => {
    const monitoring = await create()
    const app = fast ? Fastify({ ...monitoring.http.requestCounting }) : create_()
    cleanups.push(() => app.close())
    if (fast) monitoring.http.countRoutes(app)
    else await app.register(monitoring.fastify)
    routeUpgrades(app)
    app.get('/socket', (request, reply) => {
      reply.hijack()
      request.raw.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n')
    })
    await app.listen({ port: 0 })
    const { port } = app.server.address() as AddressInfo
    const upgrade = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`
    const client = connect(port)
    client.write(upgrade('/socket'))
    await once(client, 'data')
    const open = await scrape(monitoring)
    expect(open).toContain('shop_http_long_lived_requests_in_flight 1\n')
    client.destroy()
    const refused = connect(port)
    refused.write(upgrade('/nowhere'))
    await once(refused, 'data')
    refused.destroy()
    const line = (path: string, status: number): string =>
      `shop_http_requests_total{method="GET",path="${path}",status_code="${status}"} 1`
    await eventually(monitoring, line('unmatched', 404))
    const text = await eventually(monitoring, line('/socket', 101))
    expect(text).toContain('shop_http_long_lived_requests_in_flight 0\n')
    expect(text).toContain('shop_http_requests_in_flight 0\n')
    expect(text).not.toContain('status_code="499"')
    expect(text).not.toContain('duration_seconds_count{method="GET",path="/socket"} 1')
  })
})

describe('a server of HTTP/2', () => {
  it('Should be counted once a request, with 499 for a canceled stream alone', async () => {
    const monitoring = await create()
    const app = Fastify({ http2: true })
    cleanups.push(() => app.close())
    // The types of Fastify tell the servers of HTTP/1 and HTTP/2 apart; the plugin takes both.
    const port = await serve(monitoring, app as unknown as FastifyInstance)
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    cleanups.push(() => session.destroy())
    const statusOf = async (path: string): Promise<unknown> => {
      const stream = session.request({ ':path': path })
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      stream.resume()
      await once(stream, 'close')
      return headers[':status']
    }
    expect(await statusOf('/orders/1')).toBe(200)
    expect(await statusOf('/nowhere')).toBe(404)
    const hanging = session.request({ ':path': '/hangs' })
    await once(app.server, 'request')
    hanging.close(constants.NGHTTP2_CANCEL)
    const text = await eventually(
      monitoring,
      'shop_http_requests_total{method="GET",path="/hangs",status_code="499"} 1',
    )
    const counted = linesOf(text, 'shop_http_requests_total{')
    expect(counted.filter((line) => !line.includes('"/metrics"')).toSorted()).toEqual([
      'shop_http_requests_total{method="GET",path="/hangs",status_code="499"} 1',
      'shop_http_requests_total{method="GET",path="/orders/:id",status_code="200"} 1',
      'shop_http_requests_total{method="GET",path="unmatched",status_code="404"} 1',
    ])
    expect(text).toContain('shop_http_requests_in_flight 0\n')
  })

  it.each([
    ['before its head', false, 500],
    ['after its head', true, 200],
  ])(
    'Should be counted as its own failure where it breaks a response off %s',
    async (_, head, status) => {
      const monitoring = await create()
      const app = Fastify({ http2: true })
      cleanups.push(() => app.close())
      app.get('/breaks', (_request, reply) => {
        const { raw } = reply.hijack()
        if (head) raw.writeHead(200).write('a part')
        raw.stream.destroy(new Error('broken'))
      })
      // The types of Fastify tell the servers of HTTP/1 and HTTP/2 apart; the plugin takes both.
      const port = await serve(monitoring, app as unknown as FastifyInstance)
      const session = connectHttp2(`http://127.0.0.1:${port}`)
      cleanups.push(() => session.destroy())
      const stream = session.request({ ':path': '/breaks' })
      await expect(text(stream)).rejects.toThrow('NGHTTP2_INTERNAL_ERROR')
      await eventually(
        monitoring,
        `shop_http_requests_total{method="GET",path="/breaks",status_code="${status}"} 1`,
      )
    },
  )
})

describe('what Node answers for a server of HTTP/2', () => {
  it.each<[string, Record<string, string>, number]>([
    ['CONNECT', { ':method': 'CONNECT', ':authority': 'a.example:443' }, 405],
    ['an unknown Expect', { ':path': '/orders/1', expect: '200-maybe' }, 417],
  ])('Should be counted with the status that it has: %s', async (_, headers, status) => {
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    cleanups.push(() => process.off('warning', warned))
    const monitoring = await create()
    // The types of Fastify tell the servers of HTTP/1 and HTTP/2 apart; the plugin takes both.
    const app = Fastify({ http2: true }) as unknown as FastifyInstance
    const port = await serve(monitoring, app)
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    cleanups.push(() => session.destroy())
    const stream = session.request(headers, { endStream: true })
    const [answered] = (await once(stream, 'response')) as [Record<string, unknown>]
    expect(await text(stream)).toBe('')
    expect(answered[':status']).toBe(status)
    const method = headers[':method'] ?? 'GET'
    const counted = linesOf(await scrape(monitoring), 'shop_http_requests_total{')
    expect(counted.filter((line) => !line.endsWith(' 0'))).toEqual([
      `shop_http_requests_total{method="${method}",path="unmatched",status_code="${status}"} 1`,
    ])
    expect(warnings.filter(({ name }) => name === 'UnsupportedWarning')).toEqual([])
  })
})

describe('the fast way of counting', () => {
  it.each([
    ['5.9.0', 'config_invalid: requestCounting needs Fastify 5.10, and this server is 5.9.0'],
    ['5.10.0', 'accepted'],
    ['6.0.0', 'accepted'],
  ])('Should be refused on a server that would not call it: Fastify %s', async (version, said) => {
    const monitoring = await create()
    const app = Fastify({ ...monitoring.http.requestCounting })
    cleanups.push(() => app.close())
    const server = Object.create(app, { version: { value: version } }) as FastifyInstance
    expect(await refusal(() => monitoring.http.countRoutes(server))).toContain(said)
  })
})

describe('the end of a monitoring', () => {
  it('Should be the same when disposed twice, and answer scrapes with 503', async () => {
    const errors: unknown[] = []
    const logger = { ...silentLogger, error: (fields: unknown) => void errors.push(fields) }
    const monitoring = await create({ logger })
    expect(await scrape(monitoring)).toContain('shop_http_requests_in_flight 0\n')
    await Promise.all([monitoring.dispose(), monitoring.dispose()])
    await monitoring.dispose()
    const { status, body } = await monitoring.scrape({
      accept: undefined,
      acceptEncoding: undefined,
    })
    expect([status, body.toString()]).toEqual([
      503,
      'monitoring is disposed; the process no longer serves metrics\n',
    ])
    expect(errors).toEqual([])
  })

  it('Should close a listener that is about to listen, and refuse one after it', async () => {
    const monitoring = await create({ listen: '127.0.0.1:0' })
    const listening = monitoring.http.listen()
    await monitoring.dispose()
    await expect(fetch(`${await listening}/metrics`)).rejects.toThrow('fetch failed')
    expect(await refusal(() => monitoring.http.listen())).toBe(
      'conflict: monitoring is disposed; it cannot listen',
    )
    const late = await create({ listen: '127.0.0.1:0' })
    await late.dispose()
    expect(await refusal(() => late.http.listen())).toBe(
      'conflict: monitoring is disposed; it cannot listen',
    )
  })

  it('Should listen once, however often it is asked to', async () => {
    const monitoring = await create({ listen: '127.0.0.1:0' })
    const url = await monitoring.http.listen()
    expect(await monitoring.http.listen()).toBe(url)
    expect((await fetch(`${url}/metrics`)).status).toBe(200)
  })
})

describe('the exposition of a library user', () => {
  it('Should have every name under the prefix, and pass the lint of Prometheus', async () => {
    const monitoring = await create({
      build: { version: '2.0.0' },
      workflowTypes: ['order'],
    })
    const text = await scrape(monitoring)
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !name.startsWith('shop_'))).toEqual([])
    expect(text).not.toContain('compozy')
    expect(text).toContain('shop_build_info{version="2.0.0",commit_hash="unknown"} 1\n')
    expect(text).toContain('shop_temporal_workflow_failed_total{workflow_type="order"} 0\n')
    expect(parseExposition(text)).toHaveProperty('families')
  })

  it('Should export only families that something feeds', async () => {
    const bare = await scrape(await create())
    expect(bare).not.toMatch(/reachable|poll_age|executions|tool_calls|task_|draining|build_info/)
    const fed = await create({ features: ['temporal_health', 'draining'] })
    expect(await scrape(fed)).toMatch(/shop_temporal_reachable 0\n/)
  })

  it('Should serve custom metrics in three typed lines', async () => {
    const monitoring = await create()
    const labels = { plan: ['free', 'pro'] }
    const signUps = monitoring.metrics.counter({
      name: 'shop_sign_ups_total',
      help: 'Sign-ups.',
      labels,
    })
    signUps.with({ plan: 'pro' }).add()
    expect(await scrape(monitoring)).toContain('shop_sign_ups_total{plan="pro"} 1\n')
  })

  it('Should disable and limit single families, and leave in one that is only limited', async () => {
    const monitoring = await create({
      families: {
        shop_metrics_scrapes_total: false,
        shop_http_requests_total: { cardinalityLimit: 10 },
        shop_http_requests_in_flight: true,
      },
    })
    const app = Fastify()
    cleanups.push(() => app.close())
    await app.register(monitoring.fastify)
    const paths = Array.from({ length: 30 }, (_, index) => `/r${index}`)
    for (const path of paths) app.get(path, async () => 'ok')
    for (const path of paths) await app.inject(path)
    const text = await scrape(monitoring)
    expect(text).not.toContain('shop_metrics_scrapes_total')
    expect(text).toContain('shop_metrics_scrape_duration_seconds')
    expect(text).toContain('shop_http_requests_in_flight 0\n')
    const pathsOf = (name: string) => linesOf(text, `shop_http_${name}{method="GET",path="/r`)
    // The metrics route takes three of the ten.
    expect(pathsOf('requests_total')).toHaveLength(7)
    expect(text).toContain('{method="GET",path="other",status_code="other"} 23\n')
    expect(pathsOf('request_duration_seconds_count')).toHaveLength(30)
  })

  it('Should warn at the start of an alert that buckets disarm, under its own names', async () => {
    const warningsOf = async (bounds: readonly number[]): Promise<string[]> => {
      const warnings: string[] = []
      const warn = (_: object, message: string) => void warnings.push(message)
      const buckets = { shop_http_request_duration_seconds: bounds }
      await create({ buckets, logger: { ...silentLogger, warn } })
      return warnings
    }
    expect(await warningsOf([0.1, 0.5])).toEqual([
      expect.stringMatching(
        /^the buckets of shop_http_request_duration_seconds have no bound 1, so the shipped alert ShopApiLatencyHigh /,
      ),
    ])
    expect(await warningsOf([0.1, 1])).toEqual([])
  })

  it('Should listen on an address of its own, with a token', async () => {
    const monitoring = await create({ listen: '127.0.0.1:0', token: 'secret' })
    const url = `${await monitoring.http.listen()}/metrics`
    expect((await fetch(url)).status).toBe(401)
    const reply = await fetch(url, { headers: { authorization: 'Bearer secret' } })
    expect([reply.status, (await reply.text()).includes('shop_http_requests_in_flight')]).toEqual([
      200,
      true,
    ])
  })

  it('Should do nothing when disabled, in the same shape', async () => {
    const monitoring = await create({ enabled: false })
    const app = Fastify()
    cleanups.push(() => app.close())
    await app.register(monitoring.fastify)
    expect((await app.inject('/metrics')).statusCode).toBe(404)
    expect((await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })).status).toBe(
      404,
    )
  })
})

describe('the options', () => {
  it.each([[undefined], [null], ['shop']])('Should be asked for instead of %j', async (given) => {
    expect(await refusal(() => createMonitoring(given as never))).toBe(
      'config_invalid: the options are missing; give at least { prefix: "shop" }',
    )
  })

  it.each([
    [{ prefix: 'Shop' }, 'prefix "Shop" is invalid'],
    [{ prefix: '' }, 'prefix "" is invalid'],
    [{ prefix: 'temporal' }, 'belongs to another exporter'],
    [{ prefix: 'temporal_shop' }, 'belongs to another exporter'],
    [{ pat: '/m' }, 'option "pat" is unknown; did you mean "path"?'],
    [{ path: 'metrics' }, 'option path is "metrics"; it must be a path such as /metrics'],
    [{ cardinalityLimit: 3 }, 'option cardinalityLimit is 3; it must be a whole number'],
    [{ process: 'yes' }, 'option process is "yes"; it must be true or false'],
    [{ listen: 'here' }, 'option listen is "here"; it must be host:port'],
    [{ features: ['health'] }, 'feature "health" is unknown'],
    [{ token: '' }, 'option token is empty'],
    [{ token: ' ' }, 'option token is empty'],
    [{ token: 'secret\n' }, 'option token has spaces around it, a line break'],
    [{ token: ' secret' }, 'option token has spaces around it'],
    [{ token: 'secret\u00a0' }, 'option token has spaces around it'],
    [{ token: 'a\u0000b' }, 'option token has spaces around it, a line break or another'],
    [{ token: 'ключ' }, 'character that no header can carry'],
    [{ token: Promise.resolve('a') }, 'option token is a promise; give its text'],
    [{ token: 5 }, 'option token must be a text, or a function that returns it'],
    [{ token: null }, 'option token must be a text, or a function that returns it'],
    [{ build: {} }, 'option build must be { version, commit? }, each a text'],
    [{ build: '1.0' }, 'option build must be { version, commit? }, each a text'],
    [{ build: { version: 1 } }, 'option build must be { version, commit? }, each a text'],
    [
      { build: { version: '1', commit: 5 } },
      'option build must be { version, commit? }, each a text',
    ],
    [
      { build: { version: '1', commitHash: 'abc' } },
      'option build: unknown key "commitHash"; did you mean "commit"?',
    ],
    [{ build: { version: '1', comit: 'a' } }, 'unknown key "comit"; did you mean "commit"?'],
    [
      { interpreter: { workflows: [], tools: [], metrics: [], tasks: [] } },
      'option interpreter: unknown key "tasks"',
    ],
    [{ logger: {} }, 'option logger has no method warn'],
    [{ logger: 5 }, 'option logger has no method warn'],
    [
      { logger: { warn: () => undefined } },
      'option logger has no method error; give a pino logger, or one with its methods',
    ],
    [{ features: 'draining' }, 'option features must be a list of names'],
    [{ features: [5] }, 'option features must be a list of names'],
    [{ features: ['toString'] }, 'feature "toString" is unknown'],
    [{ interpreter: {} }, 'option interpreter.workflows must be a list'],
    [{ interpreter: { workflows: [], tools: [] } }, 'option interpreter.metrics must be a list'],
    [{ workflowTypes: [1] }, 'option workflowTypes must be a list of names'],
    [{ workflowTypes: ['order', ''] }, 'option workflowTypes must be a list of names'],
    [{ workflowTypes: 'order' }, 'option workflowTypes must be a list of names'],
    [{ prefix: 5 }, 'prefix 5 is invalid'],
    [{ prefix: '2shop' }, 'prefix "2shop" is invalid'],
    [{ prefix: 'shop_' }, 'prefix "shop_" is invalid'],
    [{ prefix: 'shop__eu' }, 'prefix "shop__eu" is invalid'],
    [{ path: 5 }, 'option path is 5; it must be a path such as /metrics'],
    [{ path: 'x/metrics' }, 'option path is "x/metrics"; it must be a path such as /metrics'],
    [{ path: '/metrics?a' }, 'option path is "/metrics?a"; it must be a path such as /metrics'],
    [{ path: '/../healthz' }, 'option path is "/../healthz"; it must be a path such as /metrics'],
    [{ path: '/a/.' }, 'option path is "/a/."; it must be a path such as /metrics'],
    [{ buckets: null }, 'option buckets is null; it must be a mapping from histogram names'],
    [{ buckets: '{}' }, 'option buckets is "{}"; it must be a mapping from histogram names'],
    [{ buckets: [1] }, 'option buckets is [1]; it must be a mapping from histogram names'],
    [{ families: 5 }, 'option families is 5; it must be a mapping from family names'],
    [{ reconcileInterval: 14_999 }, 'option reconcileInterval is 14999; it must be a duration'],
    [{ reconcileInterval: '15s' }, 'option reconcileInterval is "15s"; it must be a duration'],
    [{ cardinalityLimit: '20' }, 'option cardinalityLimit is "20"; it must be a whole number'],
    [{ histograms: 'all' }, 'option histograms is "all"; it must be'],
    [{ tokenFile: 'a' }, 'option "tokenFile" is unknown'],
  ])('Should refuse %j', async (wrong: object, message: string) => {
    // What JavaScript may pass.
    const options = wrong as Partial<MonitoringOptions>
    expect(await refusal(() => createMonitoring({ prefix: 'shop', ...options }))).toContain(
      `config_invalid: `,
    )
    expect(await refusal(() => createMonitoring({ prefix: 'shop', ...options }))).toContain(message)
  })

  it.each([
    { prefix: 'shop_eu_2' },
    { prefix: 'temporally' },
    { token: () => 'secret' },
    { token: 'two words~é' },
    { build: { version: '', commit: '' } },
    { logger: Object.create(console) as Console & MonitoringOptions['logger'] },
    // What JavaScript may pass for none.
    { logger: null as never },
    { token: undefined },
    { listen: null, process: false, cardinalityLimit: 10 },
    { reconcileInterval: 15_000, histograms: 'both' as const },
    { reconcileInterval: 60_000 },
    { buckets: { shop_http_request_duration_seconds: [0.1, 1] } },
  ])('Should accept %j', async (options) => {
    expect(await refusal(() => create(options))).toBe('accepted')
  })

  it('Should accept a path under /api, which the engine itself needs', async () => {
    expect((await create({ path: '/api/metrics' })).path).toBe('/api/metrics')
  })
})

describe('the worker gauges', () => {
  function worker(taskQueue: string): MonitoredWorker & { state: string } {
    return {
      state: 'RUNNING',
      options: { namespace: 'default', taskQueue },
      getState() {
        return this.state
      },
    }
  }

  it('Should follow the workers that are watched', async () => {
    const monitoring = await create()
    const [first, second] = [worker('a'), worker('b')]
    monitoring.temporal.watch(first)
    monitoring.temporal.watch(second)
    const gauges = async (): Promise<string[]> =>
      linesOf(await scrape(monitoring), 'shop_temporal_workers_').map((line) => line.slice(22))
    expect(await gauges()).toEqual(['running_total 2', 'configured_total 2'])
    first.state = 'FAILED'
    second.state = 'STOPPED'
    expect(await gauges()).toEqual(['running_total 0', 'configured_total 1'])
    monitoring.temporal.watch(worker('a'))
    expect(await gauges()).toEqual(['running_total 1', 'configured_total 1'])
    expect(await refusal(() => monitoring.temporal.watch(first))).toMatch(/^conflict: /)
    // Beside one that runs, and one that failed on another task queue.
    monitoring.temporal.watch(worker('a'))
    const third = worker('c')
    monitoring.temporal.watch(third)
    third.state = 'FAILED'
    monitoring.temporal.watch(worker('d'))
    expect(await gauges()).toEqual(['running_total 3', 'configured_total 4'])
  })
})

describe('the plugin of a Temporal worker', () => {
  const plugin = async () => (await create()).temporal

  it('Should add its interceptors to those that are there, once', async () => {
    const { plugin: own, interceptorsPath } = await plugin()
    const bundled = (given: { workflowInterceptorModules?: string[] }) =>
      own.configureBundler!({ workflowsPath: 'w', ...given }).workflowInterceptorModules
    const besides = (...modules: string[]) => bundled({ workflowInterceptorModules: modules })
    expect(bundled({})).toEqual([interceptorsPath])
    expect(besides('mine')).toEqual(['mine', interceptorsPath])
    expect(besides('mine', interceptorsPath)).toEqual(['mine', interceptorsPath])
    const { interceptors } = await own.configureReplayWorker!({
      workflowsPath: 'w',
      interceptors: { workflowModules: ['mine'] },
    })
    expect(interceptors!.workflowModules).toEqual(['mine', interceptorsPath])
  })

  it('Should add none to a prebuilt bundle, which brings its own', async () => {
    const { plugin: own } = await plugin()
    const configured = await own.configureReplayWorker!({ workflowBundle: { code: '' } })
    expect(configured).not.toHaveProperty('interceptors')
    expect(Object.keys(configured.sinks!)).not.toEqual([])
  })

  it('Should watch the worker that it runs, and run it', async () => {
    const { plugin: own, watch } = await plugin()
    const worker = { getState: () => 'RUNNING', options: { taskQueue: 'a' } } as never
    const ran: unknown[] = []
    await own.runWorker!(worker, async (given) => void ran.push(given))
    expect(ran).toEqual([worker])
    expect(await refusal(() => watch(worker))).toMatch(/^conflict: /)
  })
})
