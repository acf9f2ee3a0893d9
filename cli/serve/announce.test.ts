import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
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

async function announced(
  over: Partial<ReadyInfo>,
  { role = 'all', json = false, env = {}, folder = quickstart } = {},
) {
  const loaded = await loadProject(folder, { env: {} })
  if (!('project' in loaded)) throw new Error('the project does not load')
  const session = { project: loaded.project, config: loadConfig({ flags: {}, env }) }
  const captured = captureStreams()
  const terminal = createTerminal(captured.streams, json)
  announce({ ...ready, ...over }, session, { terminal, role: role === 'worker' ? 'worker' : 'all' })
  return captured.stdout()
}

/** A token file for this test. */
function fileWith(text: string, name = 'token'): string {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-announce-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const callsIn = (text: string): string[] =>
  text.split('\n').filter((line) => line.includes('curl') && line.includes('/api/'))

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

  it('Should show the workflows where no example of an input could be made', async () => {
    const file = fileWith('name: p\nworkflows: [{ source: ./order.yaml }]\n', 'compozy.yaml')
    const order = `id: order
config: { input: { required: [a], properties: { a: { type: string, pattern: '^[^a]x$' } } } }
tasks: [{ id: one, type: wait, wait_for: go, timeout: 1h }]
`
    writeFileSync(join(dirname(file), 'order.yaml'), order)
    const text = await announced({}, { folder: dirname(file) })
    expect(text).toContain(`\n  curl ${ready.api}/api/v0/workflows\n`)
    expect(text).not.toContain('-X POST')
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
    const file = fileWith('secret\n')
    const calls = callsIn(await announced({}, { env: { COMPOZY_API_TOKEN_FILE: file } }))
    expect(calls).toHaveLength(2)
    for (const line of calls) expect(line).toContain(`-H "authorization: Bearer $(cat ${file})"`)
  })

  it('Should name a variable for the token where the file holds more than one', async () => {
    const file = fileWith('# who may do what\nshop:run:secret\n')
    const calls = callsIn(await announced({}, { env: { COMPOZY_API_TOKEN_FILE: file } }))
    expect(calls).toHaveLength(2)
    for (const line of calls) expect(line).toContain('-H "authorization: Bearer $TOKEN"')
  })

  const scrapeIn = (text: string): string | undefined =>
    text.split('\n').find((line) => /curl .*\/metrics$/.test(line))

  it.each([
    ['secret\n', 'a token', (file: string) => `$(cat '${file}')`],
    ['# no comment here', 'token', (file: string) => `$(cat ${file})`],
    ['secret\r\n', 'token', () => '$METRICS_TOKEN'],
    [' secret', 'token', () => '$METRICS_TOKEN'],
  ])(
    'Should send the token of the metrics where one is asked for: %j',
    async (text, name, word) => {
      const file = fileWith(text, name)
      const env = { MONITORING_TOKEN_FILE: file }
      const announcement = await announced({}, { env })
      const header = `-H "authorization: Bearer ${word(file)}"`
      expect(scrapeIn(announcement)).toBe(`  curl ${header} ${ready.metrics}`)
      for (const line of callsIn(announcement)) expect(line).not.toContain('authorization')
    },
  )

  it('Should send no token of the API with a scrape', async () => {
    const env = { COMPOZY_API_TOKEN_FILE: fileWith('secret\n') }
    expect(scrapeIn(await announced({}, { env }))).toBe(`  curl ${ready.metrics}`)
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
