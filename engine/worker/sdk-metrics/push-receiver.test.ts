import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'
import { once } from 'node:events'
import { Runtime, type OtelCollectorExporter } from '@temporalio/worker'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { OtlpPoint } from './otlp.ts'
import { PushReceiver } from './push-receiver.ts'

const exportPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

/** A receiver, and what it heard. */
async function openReceiver(): Promise<{
  readonly receiver: PushReceiver
  readonly heard: OtlpPoint[]
  readonly otel: OtelCollectorExporter['otel']
}> {
  const receiver = await PushReceiver.open()
  const heard: OtlpPoint[] = []
  const listener = (points: readonly OtlpPoint[]): void => void heard.push(...points)
  receiver.listen(listener)
  onTestFinished(() => receiver.unlisten(listener))
  return { receiver, heard, otel: (receiver.exporter as OtelCollectorExporter).otel }
}

function connectTo(url: string): ClientHttp2Session {
  const session = connectHttp2(url)
  onTestFinished(() => session.destroy())
  return session
}

/** Sends a push as a gRPC client does; returns the statuses of HTTP and of gRPC. */
async function push(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  message: Uint8Array = new Uint8Array(),
): Promise<readonly [http: unknown, grpc: unknown]> {
  const stream = session.request({
    ':method': 'POST',
    ':path': exportPath,
    'content-type': 'application/grpc',
    ...headers,
  })
  // A refused stream is reset once it is answered.
  stream.on('error', () => undefined)
  let grpc: unknown
  stream.on('trailers', (trailers: Record<string, unknown>) => (grpc = trailers['grpc-status']))
  const frame = Buffer.concat([Buffer.alloc(5), message])
  frame.writeUInt32BE(message.length, 1)
  stream.end(frame)
  const [response] = (await once(stream, 'response')) as [Record<string, unknown>]
  stream.resume()
  if (!stream.closed) await once(stream, 'close')
  return [response[':status'], grpc]
}

describe('PushReceiver', () => {
  afterEach(() => Runtime.instance().shutdown())

  it('Should hear counters and gauges of the core with their labels, and what they changed by', async () => {
    const { receiver, heard } = await openReceiver()
    Runtime.install({ shutdownSignals: [], telemetryOptions: { metrics: receiver.exporter } })
    const { metricMeter } = Runtime.instance()
    const labels = { text: 'é', whole: 3, part: 1.5, flag: true }
    metricMeter.createCounter('polls').add(2, labels)
    metricMeter.createGauge('slots').set(7, { worker_type: 'A' })
    metricMeter.createGauge('share', 'float').set(0.25, { worker_type: 'A' })
    metricMeter.createHistogram('latency').record(3, labels)
    await vi.waitFor(() => expect(heard).toHaveLength(3), { timeout: 10_000 })
    const metric = (name: string) => ({ name })
    expect(heard).toEqual(
      expect.arrayContaining([
        { kind: 'counter', metric: metric('polls'), value: 2, attributes: labels },
        { kind: 'gauge', metric: metric('slots'), value: 7, attributes: { worker_type: 'A' } },
        { kind: 'gauge', metric: metric('share'), value: 0.25, attributes: { worker_type: 'A' } },
      ]),
    )
    metricMeter.createCounter('polls').add(5, labels)
    metricMeter.createGauge('slots').set(8, { worker_type: 'A' })
    await vi.waitFor(() => expect(heard).toHaveLength(5), { timeout: 10_000 })
    const [again, slots] = heard.slice(3).toSorted((a, b) => a.value - b.value)
    expect(again).toMatchObject({ value: 5, metric: metric('polls') })
    expect(slots).toMatchObject({ value: 8, metric: metric('slots') })
    const known = heard.find(({ metric: { name } }) => name === 'slots')
    expect(slots?.attributes).toBe(known?.attributes)
  })

  it.each([
    ['none', {}],
    ['another', { authorization: `Bearer ${'A'.repeat(43)}` }],
    ['a shorter one', { authorization: 'Bearer ' }],
  ])('Should refuse a push with a wrong token: %s', async (_, headers) => {
    const { otel, heard } = await openReceiver()
    const session = connectTo(otel.url)
    expect(await push(session, headers)).toEqual([401, undefined])
    expect(await push(session, otel.headers!)).toEqual([200, '0'])
    expect(heard).toEqual([])
  })

  it('Should refuse what it cannot read, and hear the next push', async () => {
    const { otel, heard } = await openReceiver()
    const session = connectTo(otel.url)
    const cut = Uint8Array.of(0x0a, 0x7f, 0x12)
    expect(await push(session, otel.headers!, cut)).toEqual([200, '13'])
    // resource_metrics { scope_metrics { metrics { name: "a", sum { point { as_int: 1 } } } } }
    const point = [0x31, 1, 0, 0, 0, 0, 0, 0, 0]
    const sum = [0x3a, point.length + 2, 0x0a, point.length, ...point]
    const metric = [...sum, 0x0a, 1, 'a'.charCodeAt(0)]
    const inside = (tag: number, bytes: readonly number[]) => [tag, bytes.length, ...bytes]
    const whole = inside(0x0a, inside(0x12, inside(0x12, metric)))
    expect(await push(session, otel.headers!, Uint8Array.from(whole))).toEqual([200, '0'])
    expect(heard).toEqual([{ kind: 'counter', metric: { name: 'a' }, value: 1, attributes: {} }])
  })

  it('Should go on after a client that does not speak HTTP/2', async () => {
    const { otel } = await openReceiver()
    const socket = connect(Number(new URL(otel.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.end('GET / HTTP/1.1\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    expect(await push(connectTo(otel.url), otel.headers!)).toEqual([200, '0'])
  })

  it('Should be one for the whole process', async () => {
    const both = await Promise.all([PushReceiver.open(), PushReceiver.open()])
    expect(both[0]).toBe(both[1])
  })
})
