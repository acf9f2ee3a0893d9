import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

/** Six calls that last until their run is canceled, of which two at a time have a process. */
const files = {
  'compozy.yaml':
    'name: queue\nworkflows: [{ source: ./workflows/*.yaml }]\nruntime: { max_tool_processes: 2 }\n',
  'tools/hold.ts': 'export default () => new Promise(() => setInterval(() => undefined, 1_000))\n',
  'workflows/hello.yaml': `id: queue
version: 1.0.0
tools: [{ id: hold, execute: ../tools/hold.ts }]
tasks:
  - { id: all, type: collection, items: [1, 2, 3, 4, 5, 6], task: { id: one, tool: hold } }
`,
}

describe('more calls of a tool than there are processes', () => {
  const engine = useEngine({
    project: 'test/e2e/fixtures/hello',
    env: { MONITORING_ENABLED: 'true' },
    prepare(dir) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
    },
  })
  const waiting = () => engine.metric('compozy_tool_calls_waiting')

  it('Should be counted while they wait for a process, and no longer when they are taken back', async () => {
    expect(await waiting()).toBe(0)
    const id = await engine.start('queue')
    await eventually(waiting, (calls) => calls === 4)
    await engine.post(`/api/v0/executions/workflows/${id}/cancel`)
    expect((await engine.closed(id)).status).toBe('canceled')
    await eventually(waiting, (calls) => calls === 0)
  })
})
