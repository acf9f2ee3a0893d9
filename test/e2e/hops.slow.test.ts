import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import {
  findTemporalBinary,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'
import { call, closed, execution, startRun } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'

/** Events after which Temporal suggests to continue as new, so that small runs hop often. */
const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': 90 }
const runs = '/api/v0/executions/workflows'
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

describe('a run that continues as new while others reach it', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-hops-'))
  const project = copyProject('test/e2e/fixtures/hops')
  let server: DevServer
  let engine: Running
  let client: Client
  let api: string

  beforeAll(async () => {
    const { path: binary } = await findTemporalBinary({ env: process.env })
    server = await startDevServer({
      binary,
      port: 0,
      namespace: 'default',
      databaseFile: join(folder, 'temporal.db'),
      logger: silentLogger,
      dynamicConfig,
    })
    const address = ['--temporal-address', server.address]
    engine = await startCompozy(['start', '--cwd', project.dir, '--port', '0', ...address])
    api = engine.ready.api
    client = new Client({ connection: await Connection.connect({ address: server.address }) })
  })
  afterAll(async () => {
    await client?.connection.close()
    await engine?.stop()
    await server?.stop()
    project.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const send = async (execId: string, name: string, payload: JsonValue): Promise<void> => {
    const answer = await call(api, 'POST', `${runs}/${execId}/signals/${name}`, payload)
    expect(answer).toMatchObject({ status: 202 })
  }

  /** How many runs the chain of an execution has. */
  async function lengthOfChain(execId: string): Promise<number> {
    let count = 0
    for await (const _ of client.workflow.list({ query: `WorkflowId='${execId}'` })) count++
    return count
  }

  async function listed(query: string): Promise<readonly JsonObject[]> {
    const { body } = await call(api, 'GET', `${runs}?${query}&limit=200`)
    return body['items'] as readonly JsonObject[]
  }

  const childOf = async (execId: string): Promise<string> => {
    const found = await eventually(
      () => listed(`exec_id_prefix=${execId}.`),
      ({ length }) => length > 0,
    )
    return found[0]!['exec_id'] as string
  }

  const nothingIsOpen = async (): Promise<void> => {
    await eventually(
      () => listed('status=running'),
      ({ length }) => length === 0,
    )
  }

  it('Should take each signal once and in order, sent from outside at every moment of its hops', async () => {
    const [waits, kept] = [20, 5]
    const execId = await startRun(api, 'receive', { calls: 250, waits, kept })
    const sendAll = async (name: string, count: number): Promise<void> => {
      for (const n of upTo(count)) {
        await send(execId, name, n)
        await sleep(60)
      }
    }
    await Promise.all([sendAll('go', waits + kept), sendAll('step', waits)])
    const { status, output, error } = await closed(api, execId, 60_000)
    expect({ status, error }).toEqual({ status: 'completed', error: null })
    expect(output).toEqual({
      calls: upTo(250),
      gates: upTo(waits),
      steps: upTo(waits),
      kept: upTo(waits + kept).slice(waits),
    })
    expect(await lengthOfChain(execId)).toBeGreaterThan(5)
    await nothingIsOpen()
  })

  it('Should send each signal and each event once from a run that hops to runs that hop', async () => {
    const target = await startRun(api, 'receive', { calls: 120, waits: 15, kept: 0 })
    const senders = ['go', 'step'].map((name, i) =>
      startRun(api, 'send', { exec_id: target, name, signals: 15, events: i === 0 ? 25 : 0 }),
    )
    const [first] = await Promise.all(
      (await Promise.all(senders)).map((id) => closed(api, id, 60_000)),
    )
    expect(first).toMatchObject({ status: 'completed' })
    const { status, output } = await closed(api, target, 60_000)
    expect(status).toBe('completed')
    expect(output).toMatchObject({ gates: upTo(15), steps: upTo(15), calls: upTo(120) })
    const published = first!.output as readonly { readonly exec_ids: readonly string[] }[]
    expect(published).toHaveLength(25)
    const ids = new Set(published.flatMap(({ exec_ids }) => exec_ids))
    expect(ids.size).toBe(25)
    const listeners = await eventually(
      () => listed('workflow_id=listen&status=completed'),
      ({ length }) => length >= 25,
    )
    expect(new Set(listeners.map(({ exec_id }) => exec_id))).toEqual(ids)
    expect(await lengthOfChain(first!.exec_id)).toBeGreaterThan(2)
    await nothingIsOpen()
  })

  it.each([
    ['canceled', 'cancel', 'it was canceled'],
    ['terminated', 'terminate', 'it was terminated'],
  ])(
    'Should see a child that is %s from outside while it hops, and go on',
    async (status, action, message) => {
      const parents = await Promise.all(upTo(6).map(() => startRun(api, 'parent', { calls: 120 })))
      await Promise.all(
        parents.map(async (execId, i) => {
          const child = await childOf(execId)
          await sleep(i * 150)
          expect(await call(api, 'POST', `${runs}/${child}/${action}`, {})).toMatchObject({
            status: 202,
          })
          expect(await closed(api, child)).toMatchObject({ status })
        }),
      )
      for (const execId of parents) {
        const run = await closed(api, execId, 60_000)
        expect(run).toMatchObject({ status: 'completed', output: { calls: 120, kid: null } })
        const { errors } = run.output as { readonly errors: readonly string[] }
        expect(errors).toEqual([expect.stringContaining(message)])
        expect(await lengthOfChain(execId)).toBeGreaterThan(1)
      }
      await nothingIsOpen()
    },
  )

  it('Should see a child that times out while it hops, and one that ends well', async () => {
    const hasty = await startRun(api, 'hasty-parent', { calls: 150 })
    const patient = await startRun(api, 'parent', { calls: 150 })
    await send(await childOf(patient), 'end', 'well')
    expect(await closed(api, hasty, 60_000)).toMatchObject({
      status: 'completed',
      output: {
        calls: 150,
        kid: null,
        errors: [expect.stringContaining('it timed out') as string],
      },
    })
    expect(await closed(api, patient, 60_000)).toMatchObject({
      status: 'completed',
      output: { calls: 150, kid: { output: 'well' }, errors: [] },
    })
    expect(await lengthOfChain(patient)).toBeGreaterThan(2)
    await nothingIsOpen()
  })

  it('Should end for good where it is canceled at any moment of its hops, its child too', async () => {
    const ids = await Promise.all(
      upTo(12).map(() => startRun(api, 'receive', { calls: 300, waits: 5, kept: 0 })),
    )
    const parent = await startRun(api, 'parent', { calls: 300 })
    const child = await childOf(parent)
    for (const execId of [...ids, parent]) {
      await sleep(130)
      expect(await call(api, 'POST', `${runs}/${execId}/cancel`, {})).toMatchObject({ status: 202 })
    }
    for (const execId of [...ids, parent, child])
      expect(await closed(api, execId, 60_000)).toMatchObject({ status: 'canceled' })
    const lengths = await Promise.all(ids.map(lengthOfChain))
    expect(Math.max(...lengths)).toBeGreaterThan(1)
    await nothingIsOpen()
  })

  it('Should end at its own time limit while it hops, and its child with it', async () => {
    const execId = await startRun(api, 'late-parent', { calls: 2_000 })
    const child = await childOf(execId)
    expect(await closed(api, execId, 60_000)).toMatchObject({ status: 'timed_out' })
    const { status } = await closed(api, child, 60_000)
    expect(['canceled', 'terminated']).toContain(status)
    expect((await execution(api, execId)).closed_at).not.toBeNull()
    await nothingIsOpen()
  })
})
