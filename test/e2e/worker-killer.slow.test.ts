import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../engine/core/logger.ts'
import { findTemporalBinary, startDevServer } from '../../engine/infra/temporal/index.ts'
import { toolLimits } from '../../engine/tool/limits.ts'
import { closed, startRun } from '../support/api.ts'
import { startCompozy, type Running } from '../support/compozy.ts'

/** A project whose tool asks a server to kill the worker, where the input says so. */
function projectFolder(port: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-killer-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const files = {
    'compozy.yaml': `name: killer
workflows: [{ source: ./attack.workflow.yaml }]
runtime: { permissions: ['--allow-net=127.0.0.1:${port}'] }
`,
    'attack.workflow.yaml': `id: attack
tools: [{ id: call, execute: ./tools/call.js }]
tasks:
  - { id: call, tool: call, with: { kill: '{{ .workflow.input.kill }}' } }
`,
    'tools/call.js': `export default async ({ kill }) => {
  if (kill) await fetch('http://127.0.0.1:${port}/kill')
  return 'alive'
}
`,
  }
  mkdirSync(join(dir, 'tools'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

describe('a tool that ends its worker at every call', () => {
  it('Should be given up after a bounded number of deliveries, and others go on', async () => {
    let worker: Running | undefined
    let kills = 0
    const killer = createServer(() => {
      kills++
      worker?.process.kill('SIGKILL')
    })
    await new Promise<void>((resolve) => killer.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void killer.close())
    const dir = projectFolder((killer.address() as AddressInfo).port)
    const { path: binary } = await findTemporalBinary({ env: process.env })
    const temporal = await startDevServer({
      binary,
      port: 0,
      namespace: 'default',
      databaseFile: join(dir, 'temporal.db'),
      logger: silentLogger,
    })
    temporal.died.catch(() => undefined)
    onTestFinished(() => temporal.stop())
    const base = ['--cwd', dir, '--port', '0', '--temporal-address', temporal.address]
    const engine = await startCompozy(['start', ...base, '--workers', '0'])
    onTestFinished(async () => void (await engine.stop()))
    const { api } = engine.ready

    /** Keeps one worker alive, as a supervisor does. */
    const over = new AbortController()
    const supervise = async (): Promise<void> => {
      while (!over.signal.aborted) {
        worker = await startCompozy(['worker', ...base])
        await new Promise((resolve) => worker!.process.once('close', resolve))
      }
    }
    const supervised = supervise()
    onTestFinished(async () => {
      over.abort()
      worker?.process.kill('SIGKILL')
      await supervised
    })

    const hostile = await startRun(api, 'attack', { kill: true })
    const ended = await closed(api, hostile, 400_000)
    const given = `given up, its worker stopped ${toolLimits.deliveries} times during this call`
    expect(ended).toMatchObject({
      status: 'failed',
      error: { type: 'ToolCrashed', message: expect.stringContaining(given) as string },
    })
    expect(kills).toBe(toolLimits.deliveries)
    const good = await closed(api, await startRun(api, 'attack', { kill: false }), 60_000)
    expect(good).toMatchObject({ status: 'completed', output: 'alive' })
    expect(engine.process.exitCode).toBeNull()
  })
})
