import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCompozy, type Running } from '../support/compozy.ts'

const attacks = resolve(import.meta.dirname, '../../engine/tool/fixtures')

const files = {
  'compozy.yaml': `name: hostile
workflows: [{ source: ./attack.workflow.yaml }]
runtime: { permissions: [--allow-net] }
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

  it('Should keep its own ports closed to --allow-net without a list', async () => {
    const port = new URL(engine.ready.api).port
    for (const host of ['127.0.0.1', 'localhost']) {
      const answer = await run({ tool: 'fetch', url: `http://${host}:${port}/healthz` })
      expect(answer).toMatchObject({ status: 'failed', error: { type: 'ToolDenied' } })
    }
  })
})
