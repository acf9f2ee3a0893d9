import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { expect, it, onTestFinished, vi } from 'vitest'
import { contractProject } from '../../test/contract/executions.ts'
import { loadConfig } from '../config/config.ts'
import { silentLogger } from '../core/logger.ts'
import { loadProject } from '../project/load.ts'
import { createEngineMonitoring } from './parts.ts'

/** The metrics of an engine whose token file a test writes. */
async function serveMetrics(first: string) {
  vi.useFakeTimers({ toFake: ['performance'] })
  const dir = mkdtempSync(join(tmpdir(), 'metrics-token-'))
  const file = join(dir, 'token')
  writeFileSync(file, first)
  const loaded = await loadProject(contractProject, { env: {} })
  if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
  const env = { MONITORING_ENABLED: 'true', MONITORING_TOKEN_FILE: file }
  const monitoring = await createEngineMonitoring({
    config: loadConfig({ flags: {}, env }),
    project: loaded.project,
    build: { version: '1.2.3', commit: 'abc' },
    logger: silentLogger,
    env: {},
    role: 'all',
  })
  const app = Fastify()
  await app.register(monitoring.fastify)
  onTestFinished(async () => {
    vi.useRealTimers()
    await app.close()
    await monitoring.dispose()
    rmSync(dir, { recursive: true })
  })
  const statusFor = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await app.inject({ url: '/metrics', headers })).statusCode
  }
  return { file, statusFor }
}

it('Should take a new metrics token within a second, and refuse the old one', async () => {
  const { file, statusFor } = await serveMetrics('one\n')
  expect([await statusFor('one'), await statusFor('second')]).toEqual([200, 401])
  writeFileSync(file, 'second\n')
  vi.advanceTimersByTime(1_000)
  expect([await statusFor('one'), await statusFor('second')]).toEqual([401, 200])
})

it.each([
  ['two lines', 'one\ntwo\n'],
  ['a character outside of Latin-1', 'schlüssel–1'],
])('Should refuse a metrics token that no request can carry: %s', async (_, text) => {
  await expect(serveMetrics(text)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('no header can carry'),
  })
})

it('Should keep the metrics token where its file becomes one that no request can carry', async () => {
  const { file, statusFor } = await serveMetrics('one\n')
  writeFileSync(file, 'one\ntwo\n')
  vi.advanceTimersByTime(1_000)
  expect(await statusFor('one')).toBe(200)
})

it('Should keep the metrics token where its file becomes empty', async () => {
  const { file, statusFor } = await serveMetrics('one\n')
  writeFileSync(file, '')
  vi.advanceTimersByTime(1_000)
  expect([await statusFor('one'), await statusFor('')]).toEqual([200, 401])
})
