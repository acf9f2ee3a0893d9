import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'
import { once } from 'node:events'
import { Runtime, type OtelCollectorExporter } from '@temporalio/worker'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SdkUpdate } from '../../infra/monitoring/public/index.ts'
import { PushReceiver } from './push-receiver.ts'

const exportPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

/** A receiver, and what it heard. */
async function openReceiver(): Promise<{
  readonly heard: SdkUpdate[]
  readonly otel: OtelCollectorExporter['otel']
}> {
  const receiver = await PushReceiver.open()
  const heard: SdkUpdate[] = []
  const listener = (updates: readonly SdkUpdate[]): void => void heard.push(...updates)
  receiver.listeners.add(listener)
  onTestFinished(() => void receiver.listeners.delete(listener))
  return { heard, otel: (receiver.exporter as OtelCollectorExporter).otel }
}

function connectTo(url: string): ClientHttp2Session {
  const session = connectHttp2(url)
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  return session
}

function open(session: ClientHttp2Session, headers: Readonly<Record<string, string>>) {
  const stream = session.request({
    ':method': 'POST',
    ':path': exportPath,
    'content-type': 'application/grpc',
    ...headers,
  })
  stream.on('error', () => undefined)
  return stream
}

/** Sends a push as a gRPC client does; returns gRPC's status, undefined without an answer. */
async function push(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  message: Uint8Array,
): Promise<unknown> {
  const stream = open(session, headers)
  let status: unknown
  stream.on('trailers', (trailers: Record<string, unknown>) => (status = trailers['grpc-status']))
  stream.resume()
  const frame = Buffer.concat([Buffer.alloc(5), message])
  frame.writeUInt32BE(message.length, 1)
  // In two parts, as a long push comes.
  stream.write(frame.subarray(0, 3))
  stream.end(frame.subarray(3))
  await once(stream, 'close')
  return status
}

const inside = (tag: number, bytes: readonly number[]): number[] => [tag, bytes.length, ...bytes]

let stands = 0

/** A push of a counter that rose, the name after the data. */
function counterPush(name: string): Uint8Array {
  stands += 1
  const since = [0x11, 1, 0, 0, 0, 0, 0, 0, 0]
  const point = [...since, 0x31, stands, 0, 0, 0, 0, 0, 0, 0]
  const metric = [...inside(0x3a, inside(0x0a, point)), ...inside(0x0a, [...Buffer.from(name)])]
  return Uint8Array.from(inside(0x0a, inside(0x12, inside(0x12, metric))))
}

const polled = 'temporal_workflow_task_queue_poll_succeed'

describe('PushReceiver', () => {
  afterEach(() => Runtime.instance().shutdown())

  it('Should hear what counters of the core rose by, and gauges with their labels', async () => {
    const { heard, otel } = await openReceiver()
    const metrics = { otel: { ...otel, metricsExportInterval: '50ms' as const } }
    Runtime.install({ shutdownSignals: [], telemetryOptions: { metrics } })
    const { metricMeter } = Runtime.instance()
    const labels = { text: 'é', whole: 3, part: 1.5, flag: true }
    const slots = metricMeter.createGauge('temporal_worker_task_slots_available')
    const polls = metricMeter.createCounter(polled)
    polls.add(2, labels)
    slots.set(7, { worker_type: 'A' })
    metricMeter.createHistogram(polled).record(3, labels)
    const slotsGauge = { name: 'temporal_worker_task_slots_available' }
    const free = (value: number) => ({
      metric: slotsGauge,
      value,
      attributes: { worker_type: 'A' },
    })
    const first = { metric: { name: polled }, value: 2, attributes: labels }
    await vi.waitFor(() => expect(heard).toContainEqual(free(7)), { timeout: 10_000 })
    expect(heard).toContainEqual(first)
    polls.add(5, labels)
    slots.set(8, { worker_type: 'A' })
    await vi.waitFor(() => expect(heard).toContainEqual(free(8)), { timeout: 10_000 })
    const counted = heard.filter(({ metric }) => metric.name === polled)
    expect(counted).toEqual([first, { ...first, value: 5 }])
    const gauges = heard.filter(({ metric }) => metric.name === slotsGauge.name)
    expect(new Set(gauges.map(({ attributes }) => attributes)).size).toBe(1)
  })

  it.each([
    ['none', undefined],
    ['another', 'A'.repeat(43)],
    ['a shorter one', ''],
  ])('Should end the connection of a push with a wrong token: %s', async (_, token) => {
    const { otel, heard } = await openReceiver()
    const session = connectTo(otel.url)
    const [name = ''] = Object.keys(otel.headers!)
    const headers = token === undefined ? {} : { [name]: token }
    expect(await push(session, headers, counterPush(polled))).toBeUndefined()
    if (!session.destroyed) await once(session, 'close')
    // The core of the test before may push its gauges once more.
    const counted = () => heard.filter(({ metric }) => metric.name === polled)
    expect(counted()).toEqual([])
    expect(await push(connectTo(otel.url), otel.headers!, counterPush(polled))).toBe('0')
    expect(counted()).toMatchObject([{ metric: { name: polled }, attributes: {} }])
  })

  it('Should refuse what it cannot read, and hear the next push', async () => {
    const { otel, heard } = await openReceiver()
    const session = connectTo(otel.url)
    expect(await push(session, otel.headers!, Uint8Array.of(0x0a, 0x7f, 0x12))).toBe('13')
    expect(await push(session, otel.headers!, counterPush(polled))).toBe('0')
    expect(heard).toMatchObject([{ metric: { name: polled } }])
  })

  it('Should go on after clients that break off or speak no HTTP/2', async () => {
    const { otel, heard } = await openReceiver()
    const session = connectTo(otel.url)
    const broken = open(session, otel.headers!)
    broken.write(Buffer.alloc(3))
    broken.close(constants.NGHTTP2_CANCEL)
    await once(broken, 'close')
    const half = connectTo(otel.url)
    open(half, otel.headers!).write(Buffer.alloc(3))
    half.destroy()
    const socket = connect(Number(new URL(otel.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.end('GET / HTTP/1.1\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    const names = [polled, 'temporal_activity_poll_no_task', 'temporal_request']
    for (const name of names) await push(session, otel.headers!, counterPush(name))
    expect(heard.map(({ metric }) => metric.name)).toEqual(names.slice(0, 2))
  })

  it('Should end a connection that brings no push, and keep one that brought one', async () => {
    const { otel, heard } = await openReceiver()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const [idle, used] = [connectTo(otel.url), connectTo(otel.url)]
    expect(await push(used, otel.headers!, counterPush(polled))).toBe('0')
    await new Promise((resolve) => idle.ping(resolve))
    vi.advanceTimersByTime(10_000)
    await once(idle, 'close')
    expect(await push(used, otel.headers!, counterPush(polled))).toBe('0')
    expect(heard).toHaveLength(2)
  })

  it('Should let the core in among many connections that bring no push', async () => {
    const { otel, heard } = await openReceiver()
    const idle = Array.from({ length: 100 }, () => connectTo(otel.url))
    await Promise.all(idle.slice(0, 30).map((session) => once(session, 'close')))
    expect(await push(connectTo(otel.url), otel.headers!, counterPush(polled))).toBe('0')
    expect(heard).toHaveLength(1)
    expect(idle.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(50)
  })

  it('Should not tell a poll again that comes over another connection', async () => {
    const { otel, heard } = await openReceiver()
    const same = counterPush(polled)
    await push(connectTo(otel.url), otel.headers!, same)
    await push(connectTo(otel.url), otel.headers!, same)
    expect(heard).toHaveLength(1)
    await push(connectTo(otel.url), otel.headers!, counterPush(polled))
    expect(heard).toHaveLength(2)
  })

  it('Should be one for the whole process', async () => {
    const both = await Promise.all([PushReceiver.open(), PushReceiver.open()])
    expect(both[0]).toBe(both[1])
  })
})
