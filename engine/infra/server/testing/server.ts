import { onTestFinished } from 'vitest'
import { defined } from '../../../core/defined.ts'
import { contractProject } from '../../../../test/contract/executions.ts'
import {
  createMemoryExecutions,
  type MemoryExecutions,
} from '../../../../test/support/memory-executions.ts'
import { createMemorySchedules } from '../../../../test/support/memory-schedules.ts'
import { monitoringDefaults } from '../../monitoring/config.ts'
import { silentLogger } from '../../../core/logger.ts'
import { loadProject } from '../../../project/load.ts'
import type { Project } from '../../../project/project.ts'
import { createMonitoringService, type ServiceOptions } from '../../monitoring/index.ts'
import { serverDefaults } from '../config.ts'
import { createServer, type HttpServer } from '../app.ts'
import type { ApiDependencies, ServerDependencies } from '../deps.ts'

/** Loads the project that the server's tests serve. */
export async function loadTestProject(): Promise<Project> {
  const loaded = await loadProject(contractProject, { env: {} })
  if ('project' in loaded) return loaded.project
  throw new Error(JSON.stringify(loaded.diagnostics))
}

/** Parts of a server that a test replaces. `api: null` is a process that only runs workers. */
export interface TestServerOptions extends Partial<
  Omit<ServerDependencies, 'api' | 'config' | 'monitoring'>
> {
  readonly api?: Partial<ApiDependencies> | null
  readonly config?: Partial<ServerDependencies['config']>
  readonly monitoring?: Partial<ServiceOptions['config']>
}

/** Creates a server with executions in memory; it closes when the test is finished. */
export async function createTestServer(
  options: TestServerOptions = {},
): Promise<HttpServer & { readonly executions: MemoryExecutions }> {
  const { config, api, monitoring, ...rest } = options
  const project = await loadTestProject()
  const executions = createMemoryExecutions({ project })
  const schedules = createMemorySchedules(project, executions)
  const build = { version: '1.2.3', commit: 'abc' }
  const server = await createServer(
    defined({
      config: {
        ...serverDefaults,
        port: 0,
        bodyLimit: 2_048,
        shutdownDelay: 0,
        drainTimeout: 5_000,
        ...config,
      },
      monitoring: await createMonitoringService({
        config: { ...monitoringDefaults, enabled: true, ...monitoring },
        build,
        workflows: [...project.workflows.keys()].map((id) => ({ id, taskTypes: [] })),
        tools: [],
        logger: silentLogger,
      }),
      readiness: async () => ({ ready: true, checks: { temporal: 'ok', workers: 'ok' } }),
      build,
      logger: silentLogger,
      ...rest,
      api: api !== null ? { executions, schedules, project: () => project, ...api } : undefined,
    }),
  )
  onTestFinished(() => server.close())
  return { ...server, executions }
}
