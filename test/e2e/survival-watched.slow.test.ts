import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { jsonBytes, limits } from '../../engine/core/limits.ts'
import { call, startRun } from '../support/api.ts'
import { startCompozy } from '../support/compozy.ts'

/** Set WATCHED_ITEMS=10000 for the size of a large run. */
const items = Number(process.env['WATCHED_ITEMS'] ?? 2_000)
const project = {
  'compozy.yaml':
    'name: crowd\nworkflows: [{ source: ./crowd.yaml }]\nruntime: { max_tool_processes: 4 }\n',
  'crowd.yaml': `id: crowd
tools: [{ id: echo, description: echoes, execute: ./echo.ts }]
tasks:
  - id: each
    type: collection
    items: '{{ until ${items} }}'
    batch: 200
    task: { id: one, tool: echo, with: { n: '{{ .item }}' } }
outputs: { count: '{{ len .tasks.each.output }}' }
`,
  'echo.ts': 'export default (input: { n: number }) => ({ n: input.n })\n',
}

function writeProject(): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-crowd-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  mkdirSync(dir, { recursive: true })
  for (const [name, text] of Object.entries(project)) writeFileSync(join(dir, name), text)
  return dir
}

/** What the watchers got: latencies of GET in ms, the largest answer in bytes, events read. */
interface Watched {
  readonly latencies: number[]
  largest: number
  events: number
}

async function getOften(url: string, done: AbortSignal, watched: Watched): Promise<void> {
  while (!done.aborted) {
    const begun = performance.now()
    const { body } = await call(url, 'GET', '')
    watched.latencies.push(performance.now() - begun)
    watched.largest = Math.max(watched.largest, jsonBytes(body))
    await sleep(500)
  }
}

async function listen(url: string, watched: Watched): Promise<void> {
  const response = await fetch(`${url}/events`)
  // Node's streams are iterable; the types of `fetch` do not say so.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    watched.events += Buffer.from(chunk).toString().split('event: ').length - 1
}

it('Should take about as long with twenty who watch as with nobody', async () => {
  const engine = await startCompozy([
    'dev',
    '--cwd',
    writeProject(),
    '--port',
    '0',
    '--temporal-port',
    '0',
  ])
  onTestFinished(() => void engine.kill())
  const { api } = engine.ready
  const seconds: number[] = []
  const watched: Watched = { latencies: [], largest: 0, events: 0 }
  for (const watchers of [0, 10]) {
    const begun = performance.now()
    const id = await startRun(api, 'crowd', {})
    const url = `${api}/api/v0/executions/workflows/${id}`
    const done = new AbortController()
    const crowd = Array.from({ length: watchers }, () => [
      listen(url, watched),
      getOften(url, done.signal, watched),
    ]).flat()
    let status = 'running'
    while (status === 'running') {
      await sleep(2_000)
      const { body } = await call(api, 'GET', `/api/v0/executions/workflows?limit=1`)
      status = (body['items'] as { status: string }[])[0]!.status
    }
    seconds.push((performance.now() - begun) / 1_000)
    console.log(`${watchers * 2} watchers: ${seconds.at(-1)!.toFixed(1)} s`)
    done.abort()
    await Promise.all(crowd)
    const { body } = await call(url, 'GET', '')
    expect(body).toMatchObject({ status: 'completed', output: { count: items } })
  }
  const p99 = watched.latencies.toSorted((a, b) => a - b)[
    Math.floor(watched.latencies.length * 0.99)
  ]
  const [alone, crowded] = seconds as [number, number]
  console.log(
    `${items} items: ${alone.toFixed(1)} s alone, ${crowded.toFixed(1)} s watched, ratio ${(crowded / alone).toFixed(2)}; ` +
      `${watched.latencies.length} GETs, p99 ${p99?.toFixed(0)} ms, largest ${watched.largest} bytes; ${watched.events} events`,
  )
  expect(watched.largest).toBeLessThan(limits.viewBytes + 16_384)
  expect(watched.events).toBeGreaterThan(0)
}, 1_800_000)
