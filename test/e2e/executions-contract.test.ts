import { afterAll } from 'vitest'
import { loadConfig } from '../../engine/config/config.ts'
import { createTemporalExecutions, openClient } from '../../engine/infra/temporal/index.ts'
import { loadProject } from '../../engine/project/load.ts'
import { contractProject, describeExecutions } from '../contract/executions.ts'
import { copyProject, startCompozy } from '../support/compozy.ts'

const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const clean of cleanups.toReversed()) await clean()
})

describeExecutions('on Temporal', async () => {
  const copy = copyProject('test/contract/project')
  cleanups.push(copy.remove)
  const engine = await startCompozy([
    'dev',
    '--cwd',
    copy.dir,
    '--port',
    '0',
    '--temporal-port',
    '0',
  ])
  cleanups.push(() => engine.stop())
  const loaded = await loadProject(contractProject, { env: {} })
  if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
  const { temporal, namespace, task_queue } = engine.ready
  const config = loadConfig({ flags: {}, env: { TEMPORAL_ADDRESS: temporal } })
  const client = openClient(config.temporal, namespace)
  cleanups.push(() => client.connection.close())
  const project = () => loaded.project
  return {
    executions: createTemporalExecutions({ client, project, taskQueue: task_queue }),
    // Nobody works on that queue: its runs are there, and stay open.
    other: createTemporalExecutions({ client, project, taskQueue: 'another' }),
  }
})
