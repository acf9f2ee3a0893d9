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
  const engine = useEngine({ project: 'test/e2e/fixtures/hello' })
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
})
