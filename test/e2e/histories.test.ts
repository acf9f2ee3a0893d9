import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../engine/core/logger.ts'
import type { TaskIr } from '../../engine/definition/task-ir.ts'
import { standardKinds } from '../../engine/kinds/index.ts'
import { installTemporalRuntime } from '../../engine/worker/runtime.ts'
import { loadProject } from '../../engine/project/load.ts'
import { readHistory } from '../histories/history.ts'
import { historiesProject, scenarios } from '../histories/scenarios.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'test/histories')
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const bundle = () => readFileSync(join(root, 'dist/engine/worker/workflow-bundle.js'), 'utf8')

/** Replays a recorded run under the id that it had; rejects where the code gives other commands. */
async function replay(file: string, code: string): Promise<void> {
  const history = readHistory(readFileSync(join(folder, file), 'utf8'))
  const { workflowId } = history.events![0]!.workflowExecutionStartedEventAttributes!
  await Worker.runReplayHistory({ workflowBundle: { code } }, history, workflowId!)
}

/** Every kind that a task or one below it has. */
function kindsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type } = value as Partial<TaskIr>
  return [...(typeof type === 'string' ? [type] : []), ...Object.values(value).flatMap(kindsIn)]
}

describe('recorded histories', () => {
  beforeAll(() => installTemporalRuntime(silentLogger))

  it.each(files)('Should replay %s', async (file) => {
    await expect(replay(file, bundle())).resolves.toBeUndefined()
  })

  it('Should be there for every scenario, and the scenarios for every kind of task', async () => {
    const recorded = new Set(files.map((file) => file.replace(/(-\d+)?\.json$/, '')))
    expect([...recorded].toSorted()).toEqual(scenarios.map(({ name }) => name).toSorted())
    const loaded = await loadProject(historiesProject, { env: {} })
    if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
    const definitions = scenarios.map(({ name }) => loaded.project.workflows.get(name)?.definition)
    const kinds = new Set(kindsIn(definitions))
    expect(standardKinds.names.filter((type) => !kinds.has(type))).toEqual([])
  })

  it.each(['parallel', 'collection', 'cancel'])(
    'Should refuse to replay %s on an interpreter that gives its commands in another order',
    async (name) => {
      const loop = 'for (const command of commands)'
      const [before, after, ...more] = bundle().split(loop)
      expect(more).toEqual([])
      const reversed = `${before}for (const command of commands.toReversed())${after}`
      await expect(replay(`${name}.json`, reversed)).rejects.toBeInstanceOf(
        DeterminismViolationError,
      )
    },
  )
})
