import { isJsonObject } from '../engine/core/json.ts'
import { loadProject } from '../engine/project/load.ts'
import { contractProject, describeExecutions } from './contract/executions.ts'
import {
  createMemoryExecutions,
  createMemoryStore,
  type MemoryOptions,
} from './support/memory-executions.ts'

const onSignal: MemoryOptions['onSignal'] = (name, payload, { input }) => {
  if (name !== 'deliver') return undefined
  if (isJsonObject(payload) && payload['ok'] === true && isJsonObject(input)) {
    return { status: 'completed', output: { size: input['size'] ?? null } }
  }
  return {
    status: 'failed',
    error: { type: 'NoRoute', message: 'no route for "false"', task: 'verdict' },
  }
}

describeExecutions('in memory', async () => {
  const loaded = await loadProject(contractProject, { env: {} })
  if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
  const { project } = loaded
  const store = createMemoryStore()
  return {
    executions: createMemoryExecutions({ project, store, onSignal }),
    other: createMemoryExecutions({ project: { ...project, name: 'another' }, store, onSignal }),
  }
})
