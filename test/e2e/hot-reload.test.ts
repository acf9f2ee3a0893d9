import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { call } from '../support/api.ts'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

const workflow = (version: string, text: string) => `id: hello
version: ${version}
tasks:
  - { id: gate, type: wait, wait_for: go, timeout: 1h, on_success: { next: greet } }
  - { id: greet, tool: greet, with: { name: ${text} } }
`

describe('dev', () => {
  const engine = useEngine({
    project: 'test/e2e/fixtures/hello',
    env: { MONITORING_ENABLED: 'true' },
  })
  const path = join(engine.dir, 'workflows/hello.yaml')

  const versionIs = (version: string) =>
    eventually(
      () => call(engine.api, 'GET', '/api/v0/workflows/hello'),
      ({ body }) => body['version'] === version,
    )
  const finish = async (id: string) => {
    await engine.signal(id, 'go', null)
    return (await engine.closed(id)).output
  }
  const open = async () => {
    const id = await engine.start('hello')
    await engine.taskReaches(id, 'gate', 'running')
    return id
  }

  it('Should run new runs by the new file, while ten open ones end as they began', async () => {
    const before = await Promise.all(Array.from({ length: 10 }, open))
    writeFileSync(path, workflow('2.0.0', 'new'))
    await versionIs('2.0.0')
    expect(await finish(await open())).toEqual({ text: 'Hello, new' })
    expect(await Promise.all(before.map(finish))).toEqual(
      before.map(() => ({ text: 'Hello, old' })),
    )
  })

  it('Should say what is wrong with a file, keep the last good version, and go on with the mended one', async () => {
    writeFileSync(path, workflow('3.0.0', 'broken').replace('tool: greet', 'tool: great'))
    await eventually(
      async () => engine.stderr(),
      (text) => text.includes('not reloaded: the last good version keeps running'),
    )
    expect(await finish(await open())).toEqual({ text: 'Hello, new' })
    writeFileSync(path, workflow('3.0.0', 'mended'))
    await versionIs('3.0.0')
    expect(await finish(await open())).toEqual({ text: 'Hello, mended' })
  })

  it('Should call the new code of a tool, also where only what it imports has changed', async () => {
    const id = await open()
    const words = join(engine.dir, 'tools/words.ts')
    writeFileSync(words, readFileSync(words, 'utf8').replace('Hello', 'Bye'))
    const last = async () => JSON.stringify(await finish(await open()))
    await eventually(last, (text) => text === '{"text":"Bye, mended"}')
    expect(await finish(id)).toEqual({ text: 'Bye, mended' })
  })

  it('Should count the runs and tool calls of an added workflow under its own name', async () => {
    const projectFile = join(engine.dir, 'compozy.yaml')
    const tools = 'tools: [{ id: greet, execute: ./tools/greet.ts }'
    const project = readFileSync(projectFile, 'utf8')
    writeFileSync(
      projectFile,
      project.replace(tools, `${tools}, { id: hail, execute: ./tools/hail.ts }`),
    )
    writeFileSync(join(engine.dir, 'tools/hail.ts'), 'export const run = async () => ({})\n')
    writeFileSync(
      join(engine.dir, 'workflows/chatty.yaml'),
      'id: chatty\nversion: 1.0.0\ntasks: [{ id: hail, tool: hail }]\n',
    )
    await eventually(
      () => call(engine.api, 'GET', '/api/v0/workflows/chatty'),
      ({ status }) => status === 200,
    )
    const seriesOf = async (name: string, label: string) =>
      (await engine.samples())
        .filter((sample) => sample.name === name)
        .map(({ labels, value }) => `${labels[label]} ${value}`)
    const started = () => seriesOf('compozy_temporal_workflow_started_total', 'workflow_type')
    expect(await started()).toContain('chatty 0')
    expect((await engine.run('chatty')).status).toBe('completed')
    // No series is named other.
    const hello = expect.stringMatching(/^hello [1-9]/)
    expect(await started()).toEqual([hello, 'chatty 1'])
    expect(await engine.metric('compozy_tool_calls_total', { tool: 'hail' })).toBe(1)
    expect(await engine.metric('compozy_tool_calls_total', { tool: 'other' })).toBe(0)
    const executions = (workflow: string) =>
      engine.metric('compozy_temporal_workflow_executions', { workflow_type: workflow })
    await eventually(
      async () => [await executions('chatty'), await executions('other')],
      (counts) => counts.join() === '1,0',
      { timeoutMs: 60_000 },
    )
  })
})
