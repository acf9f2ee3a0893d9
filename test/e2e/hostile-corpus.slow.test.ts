import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCompozy, type Running } from '../support/compozy.ts'
import { attackedSchema, hostileValues } from '../support/hostile-bodies.ts'
import { exchange, hostileRequests, statusesOf } from '../support/hostile-requests.ts'

const fixtures = resolve(import.meta.dirname, '../../engine/tool/fixtures')
const hostileTools = readdirSync(join(fixtures, 'hostile')).map((name) => name.replace('.js', ''))

const files: Record<string, string> = {
  'compozy.yaml': `name: corpus
workflows: [{ source: './*.workflow.yaml' }]
server: { body_limit: 2000000, request_timeout: 3s }
monitoring: { enabled: true }
runtime: { tool_timeout: 2s }
`,
  'echo.workflow.yaml': `id: echo
config: { input: ${JSON.stringify(attackedSchema)} }
tasks:
  - { id: a, type: aggregate, outputs: { kind: '{{ kindOf .workflow.input }}' } }
`,
  'waits.workflow.yaml': `id: waits
triggers: [{ type: signal, name: corpus.event }]
tasks:
  - { id: a, type: wait, wait_for: go, timeout: 10m }
`,
  'tools.workflow.yaml': `id: tools
tools:
${hostileTools.map((name) => `  - { id: ${name}, execute: ./hostile/${name}.js }`).join('\n')}
tasks:
  - id: choose
    type: router
    condition: '{{ .workflow.input.tool }}'
    routes: { ${hostileTools.map((name) => `${name}: ${name}`).join(', ')} }
${hostileTools.map((name) => `  - { id: ${name}, tool: ${name} }`).join('\n')}
`,
}

/** Names and ids that nobody should give. */
const hostileNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  '..',
  '%00',
  '%0d%0aset-cookie:%20a=b',
  '%F0%9F%98%80',
  'e%CC%81',
  '%E2%80%AE',
  `'%20OR%20'1'='1`,
  '"%7D%0acompozy_forged%201',
  '%7B%7B%20.env%20%7D%7D',
  'a'.repeat(900),
  'a'.repeat(1_500),
  '*',
  '-1',
  '0',
  'null',
]

const forgedCursors = [
  'x',
  '%00',
  '-1',
  '1e9',
  'a'.repeat(5_000),
  Buffer.from('999999999999').toString('base64url'),
  Buffer.from('__proto__').toString('base64url'),
  Buffer.from('{"$ne":null}').toString('base64url'),
  Buffer.from(new Uint8Array(64)).toString('base64url'),
]

const routes: readonly (readonly [string, string])[] = [
  ['GET', '/workflows/ID'],
  ['POST', '/workflows/ID/executions'],
  ['POST', '/workflows/ID/executions/sync?timeout=1'],
  ['GET', '/executions/workflows/ID'],
  ['GET', '/executions/workflows/ID/events'],
  ['POST', '/executions/workflows/ID/cancel'],
  ['POST', '/executions/workflows/ID/terminate'],
  ['POST', '/executions/workflows/ID/signals/go'],
  ['GET', '/executions/workflows?workflow_id=ID'],
  ['GET', '/schedules/ID'],
  ['PATCH', '/schedules/ID'],
  ['POST', '/schedules/ID/trigger'],
]

const queries = [
  'limit=0',
  'limit=1e9',
  'limit=NaN',
  'limit=1&limit=2',
  'limit[]=1',
  'status=__proto__',
  'status=running&status=failed',
  'from=yesterday',
  'from=%2B275760-09-13T00:00:00Z',
  'to=-271821-04-20T00:00:00Z',
  'from=9999-12-31T23:59:59Z',
  'unknown=1',
  '__proto__[x]=1',
  'constructor.prototype.x=1',
  `${'a=1&'.repeat(3_000)}limit=1`,
  '%',
  '%00=%00',
  ...forgedCursors.map((cursor) => `cursor=${cursor}`),
]

/** What is left of an engine after a part of the corpus. */
interface Aftermath {
  readonly exitCode: number | null
  readonly readiness: number
  readonly isWithinMemory: boolean
  /** Answers that are not what they should be. */
  readonly complaints: readonly string[]
}

const unharmed: Aftermath = {
  exitCode: null,
  readiness: 200,
  isWithinMemory: true,
  complaints: [],
}

const loopMeter = new URL('../support/loop-meter.mjs', import.meta.url).href

/** The most memory that a process held, in MB. */
function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024
}

interface Row {
  readonly part: string
  readonly attacks: number
  /** The longest turn of the main loop: by the clock, and computing. */
  readonly clockMs: number
  readonly computedMs: number
  readonly rssMb: number
}

describe('a hostile corpus against a real engine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-corpus-'))
  const meter = join(dir, 'loop-meter.json')
  const rows: Row[] = []
  const complaints: string[] = []
  let engine: Running
  let api: string

  beforeAll(async () => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    mkdirSync(join(dir, 'hostile'))
    for (const folder of ['hostile', 'hostile-lib'])
      for (const name of readdirSync(join(fixtures, folder)))
        writeFileSync(join(dir, 'hostile', name), readFileSync(join(fixtures, folder, name)))
    const env = { NODE_OPTIONS: `--import=${loopMeter}`, LOOP_METER_FILE: meter }
    engine = await startCompozy(['dev', '--cwd', dir, '--port', '0', '--temporal-port', '0'], {
      env,
    })
    api = engine.ready.api
    await eventually(
      async () => existsSync(meter),
      (isThere) => isThere,
    )
  })
  afterAll(async () => {
    await engine?.stop()
    rmSync(dir, { recursive: true, force: true })
    const line = ({ part, attacks, clockMs, computedMs, rssMb }: Row) =>
      `${part.padEnd(24)} ${[attacks, clockMs, computedMs, rssMb].map((n) => n.toFixed(0).padStart(12)).join('')}`
    const head = `${''.padEnd(24)}      attacks  stall clock  stall compute  peak RSS MB`
    console.log([head, ...rows.map(line)].join('\n'))
  })

  /** Runs a part of the corpus and notes the longest turn of the main loop, and memory. */
  async function measured(part: string, attack: () => Promise<number>): Promise<Aftermath> {
    const longest = { clockMs: 0, computedMs: 0 }
    const look = (): void => {
      const seen = JSON.parse(readFileSync(meter, 'utf8')) as typeof longest
      longest.clockMs = Math.max(longest.clockMs, seen.clockMs)
      longest.computedMs = Math.max(longest.computedMs, seen.computedMs)
    }
    const watch = setInterval(look, 200)
    let attacks = 0
    try {
      attacks = await attack()
      await sleep(1_000)
    } finally {
      clearInterval(watch)
    }
    const rss = peakMemory(engine.process.pid!)
    rows.push({ part, attacks, ...longest, rssMb: rss })
    return {
      exitCode: engine.process.exitCode,
      readiness: (await fetch(`${api}/readyz`)).status,
      isWithinMemory: rss < 1_500,
      complaints: complaints.splice(0),
    }
  }

  /** Sends a request whose answer must be a small document and no failure of ours. */
  async function refusedOrServed(method: string, path: string, init: RequestInit = {}) {
    const reply = await fetch(`${api}${path}`, { method, redirect: 'manual', ...init })
    const body = await reply.text()
    const what = `${method} ${path.slice(0, 200)} -> ${reply.status} ${body.slice(0, 300)}`
    const isProblem =
      (reply.headers.get('content-type') ?? '').startsWith('application/problem+json') &&
      reply.headers.get('x-content-type-options') === 'nosniff'
    const isRight = reply.status < 400 || (reply.status < 500 && isProblem)
    if (!isRight || Buffer.byteLength(body) > 300_000) complaints.push(what)
    return reply.status
  }
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    refusedOrServed('POST', `/api/v0${path}`, {
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })

  it('Should answer bodies of 2 MB', async () => {
    const aftermath = await measured('bodies', async () => {
      let count = 0
      for (const value of Object.values(hostileValues)) {
        const text = value()
        await post('/workflows/echo/executions', `{"input":${text}}`)
        await post('/executions/workflows/none/signals/go', text)
        count += 2
      }
      return count
    })
    expect(aftermath).toEqual(unharmed)
  })

  it('Should answer requests that no client should send', async () => {
    const aftermath = await measured('raw requests', async () => {
      for (const [name, [bytes, ...expected]] of Object.entries(hostileRequests)) {
        const [status = 0] = statusesOf(await exchange(api, bytes))
        if (!expected.includes(status)) complaints.push(`${name}: ${status}`)
      }
      return Object.keys(hostileRequests).length
    })
    expect(aftermath).toEqual(unharmed)
  })

  it('Should answer every route for hostile ids, queries and keys', async () => {
    const aftermath = await measured('ids, queries, keys', async () => {
      let count = 0
      for (const name of hostileNames)
        for (const [method, path] of routes) {
          const url = `/api/v0${path.replace('ID', () => name)}`
          const json = { body: '{}', headers: { 'content-type': 'application/json' } }
          await refusedOrServed(method, url, method === 'GET' ? {} : json)
          count++
        }
      for (const query of queries)
        for (const list of ['/workflows', '/executions/workflows', '/schedules', '/tools']) {
          await refusedOrServed('GET', `/api/v0${list}?${query}`)
          count++
        }
      for (const key of ['', ' ', '__proto__', 'k'.repeat(500), 'k'.repeat(10_000), '\u00e9']) {
        await post('/workflows/echo/executions', '{"input":{"a":1}}', { 'idempotency-key': key })
        await post('/workflows/echo/executions', '{"input":{"a":2}}', { 'idempotency-key': key })
        count += 2
      }
      for (const name of ['__proto__', 'constructor', '', 'x'.repeat(300), '\0', '\ud83d\ude00'])
        for (const body of [
          { name, payload: 1 },
          { name: 'corpus.event', [name]: 1 },
        ]) {
          await post('/events', JSON.stringify(body))
          count++
        }
      return count
    })
    expect(aftermath).toEqual(unharmed)
  })

  it('Should hold back slow readers, trickles and half-open connections', async () => {
    const aftermath = await measured('connections', async () => {
      const { hostname, port } = new URL(api)
      const open = (bytes: string) => {
        const socket = connect(Number(port), hostname)
        socket.on('error', () => {})
        socket.write(bytes)
        return socket
      }
      const id = await startRun('waits', {})
      const trickle = `POST /api/v0/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n`
      const sockets = Array.from({ length: 300 }, (_, i) => {
        if (i % 3 === 0) return open(trickle).resume()
        if (i % 3 === 1) return open('GET /healthz HTTP/1.1\r\nhost: loc').resume()
        return open(
          `GET /api/v0/executions/workflows/${id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`,
        ).pause()
      })
      const pipelined = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(2_000)
      const reader = open(pipelined).pause()
      for (let i = 0; i < 20; i++) await refusedOrServed('GET', '/healthz')
      // Requests that never end are closed at their time limit.
      await eventually(
        async () => sockets.filter((socket, i) => i % 3 !== 2 && !socket.closed).length,
        (open) => open === 0,
      )
      for (const socket of [...sockets, reader]) socket.destroy()
      await post(`/executions/workflows/${id}/signals/go`, '1')
      return sockets.length + 1
    })
    expect(aftermath).toEqual(unharmed)
  })

  const startRun = async (workflow: string, input: object): Promise<string> => {
    const reply = await fetch(`${api}/api/v0/workflows/${workflow}/executions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input }),
    })
    return ((await reply.json()) as { exec_id: string }).exec_id
  }

  it('Should end every run of a hostile tool', async () => {
    const aftermath = await measured('tools', async () => {
      const ids = await Promise.all(hostileTools.map((tool) => startRun('tools', { tool })))
      for (const [i, id] of ids.entries()) {
        const ended = await eventually(
          async () =>
            (await (await fetch(`${api}/api/v0/executions/workflows/${id}`)).json()) as {
              status: string
            },
          ({ status }) => status !== 'running',
          { timeoutMs: 300_000, everyMs: 250 },
        )
        if (!['completed', 'failed'].includes(ended.status))
          complaints.push(`${hostileTools[i]}: ${ended.status}`)
      }
      return ids.length
    })
    expect(aftermath).toEqual(unharmed)
  })
})
