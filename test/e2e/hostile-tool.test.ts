import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCompozy, type Running } from '../support/compozy.ts'

const attacks = resolve(import.meta.dirname, '../../engine/tool/fixtures')

const files = {
  'compozy.yaml': `name: hostile
workflows: [{ source: ./attack.workflow.yaml }]
runtime: { permissions: [--allow-net] }
monitoring: { enabled: true }
`,
  'attack.workflow.yaml': `id: attack
tools:
  - { id: forge, execute: ./tools/forged-log-level.js }
  - { id: fetch, execute: ./tools/fetch.js }
  - { id: well, execute: ./tools/well.js }
tasks:
  - id: choose
    type: router
    condition: '{{ .workflow.input.tool }}'
    routes: { forge: forge, fetch: fetch, well: well }
  - { id: forge, tool: forge }
  - { id: fetch, tool: fetch, with: { url: '{{ .workflow.input.url }}' } }
  - { id: well, tool: well }
`,
  'tools/fetch.js': 'export default async ({ url }) => (await fetch(url)).status',
  'tools/well.js': 'export default () => "well"',
}

interface RunAnswer {
  readonly status: string
  readonly output: unknown
  readonly error: { readonly type: string } | null
}

/** Returns the ports that a process listens on, as Linux tells. */
function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  const listening = '0A'
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === listening && sockets.has(inode!))
      .map(([, address]) => Number.parseInt(address!.split(':')[1]!, 16)),
  )
}

describe('an engine with hostile tools', () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-hostile-'))
  let engine: Running

  beforeAll(async () => {
    mkdirSync(join(dir, 'tools'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    for (const name of ['hostile/forged-log-level.js', 'hostile-lib/find-tokens.js']) {
      const target = join(dir, 'tools', name.split('/')[1]!)
      writeFileSync(target, readFileSync(join(attacks, name)))
    }
    engine = await startCompozy(['dev', '--cwd', dir, '--port', '0', '--temporal-port', '0'])
  })
  afterAll(async () => {
    await engine?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const json = async (path: string, init?: RequestInit) =>
    (await fetch(`${engine.ready.api}/api/v0${path}`, init)).json()

  async function run(input: object): Promise<RunAnswer> {
    const started = (await json('/workflows/attack/executions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input }),
    })) as { exec_id: string }
    const ask = async () => (await json(`/executions/workflows/${started.exec_id}`)) as RunAnswer
    return eventually(ask, ({ status }) => status !== 'running')
  }

  it('Should survive a forged line, fail that call alone, and stay ready', async () => {
    const forged = await run({ tool: 'forge' })
    expect(forged).toMatchObject({ status: 'failed', error: { type: 'ToolCrashed' } })
    const well = await run({ tool: 'well' })
    expect(well).toMatchObject({ status: 'completed', output: 'well' })
    expect((await fetch(`${engine.ready.api}/readyz`)).status).toBe(200)
  })

  it('Should log the ids of refused requests so that they control no terminal', async () => {
    const path = '/executions/workflows/%C2%9B2J%E2%80%AEx/cancel'
    await json(path, { method: 'POST' })
    const line = () =>
      engine
        .stderr()
        .split('\n')
        .find((each) => each.includes('2J'))
    expect(
      await eventually(
        async () => line(),
        (found) => found !== undefined,
      ),
    ).toContain(String.raw`\u009b2J\u202ex`)
    expect(engine.stderr()).not.toMatch(/[\u009B\u202E]/)
  })

  it('Should keep its own ports closed to --allow-net without a list', async () => {
    const api = Number(new URL(engine.ready.api).port)
    const onLinux = process.platform === 'linux'
    const all = onLinux ? listeningPorts(engine.process.pid!) : [api]
    expect(all).toContain(api)
    // The other port receives the metrics of the Temporal SDK.
    expect(all).toHaveLength(onLinux ? 2 : 1)
    for (const [host, port] of all.flatMap((port) => [
      ['127.0.0.1', port],
      ['localhost', port],
      ['127.1.2.3', port],
      ['[::ffff:127.0.0.2]', port],
      ['compozy.localhost', port],
    ])) {
      const answer = await run({ tool: 'fetch', url: `http://${host}:${port}/healthz` })
      expect(answer).toMatchObject({ status: 'failed', error: { type: 'ToolDenied' } })
    }
  })
})
