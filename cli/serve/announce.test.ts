import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../engine/config/config.ts'
import type { ReadyInfo } from '../../engine/engine.ts'
import { loadProject } from '../../engine/project/load.ts'
import { announce } from './announce.ts'
import { createTerminal } from '../terminal.ts'
import { captureStreams } from '../testing/streams.ts'

const ready: ReadyInfo = {
  api: 'http://127.0.0.1:8080',
  metrics: 'http://127.0.0.1:8080/metrics',
  temporal: '127.0.0.1:7233',
  namespace: 'default',
  task_queue: 'quickstart',
  ui: null,
}
const quickstart = resolve(import.meta.dirname, '../../examples/quickstart')

async function announced(over: Partial<ReadyInfo>, { role = 'all', json = false, env = {} } = {}) {
  const loaded = await loadProject(quickstart, { env: {} })
  if (!('project' in loaded)) throw new Error('the quickstart does not load')
  const session = { project: loaded.project, config: loadConfig({ flags: {}, env }) }
  const captured = captureStreams()
  const terminal = createTerminal(captured.streams, json)
  announce({ ...ready, ...over }, session, { terminal, role: role === 'worker' ? 'worker' : 'all' })
  return captured.stdout()
}

describe('announce', () => {
  it('Should show where everything answers, and commands to try', async () => {
    const text = await announced({ ui: 'http://127.0.0.1:8233' })
    expect(text).toContain('quickstart is ready')
    for (const url of ['/', '/api/v0/workflows', '/docs', '/metrics'])
      expect(text).toContain(`${ready.api}${url}\n`)
    expect(text).toContain('http://127.0.0.1:8233')
    expect(text).toMatch(
      /curl -X POST http:\S+\/workflows\/order\/executions -H .* -d '\{"input":\{.*\}\}'\n/,
    )
    expect(text).not.toMatch(/authorization|EXEC_ID/)
  })

  it('Should name the page first, unless it is switched off', async () => {
    expect(await announced({})).toContain(`is ready\n\n  Page         ${ready.api}/\n`)
    expect(await announced({}, { env: { COMPOZY_PAGE: 'false' } })).not.toContain('Page')
  })

  it('Should say how to switch monitoring on, and leave out what there is not', async () => {
    const text = await announced({ metrics: null })
    expect(text).toContain(
      'Metrics      off (monitoring.enabled: true, or MONITORING_ENABLED=true)',
    )
    expect(text).not.toMatch(/curl .*metrics|Temporal UI/)
  })

  it('Should send the token in every line to try where one is asked for, without showing it', async () => {
    const text = await announced({}, { env: { COMPOZY_API_TOKEN_FILE: '/run/keys/token.txt' } })
    const calls = text.split('\n').filter((line) => line.includes('curl') && line.includes('/api/'))
    expect(calls).toHaveLength(2)
    for (const line of calls)
      expect(line).toContain('-H "authorization: Bearer $(cat /run/keys/token.txt)"')
  })

  it('Should promise no API of a worker', async () => {
    const text = await announced({}, { role: 'worker' })
    expect(text).toContain(`Health       ${ready.api}/readyz`)
    expect(text).not.toMatch(/curl|\/api\/|\/docs/)
  })

  it('Should give programs the one object that says so', async () => {
    const text = await announced({}, { json: true })
    expect(text).toBe(`${JSON.stringify({ event: 'ready', ...ready })}\n`)
  })
})
