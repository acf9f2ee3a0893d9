import { resolve } from 'node:path'
import { defined } from '../core/defined.ts'
import type { Config } from '../config/config.ts'
import { CompozyError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { tokenProblem } from '../infra/monitoring/config.ts'
import { createMonitoring, type Monitoring } from '../infra/monitoring/public/index.ts'
import { parseApiTokens } from '../infra/server/access/api-tokens.ts'
import { openTokenFile } from './token-file.ts'
import { createServer, type HttpServer } from '../infra/server/app.ts'
import {
  createHistoryBytes,
  connectWorker,
  countStuck,
  createHealthCheck,
  createTemporalExecutions,
  createTemporalSchedules,
  memoOf,
  openClient,
  type HealthCheck,
} from '../infra/temporal/index.ts'
import { createRunLogStore, type RunLogStore } from '../infra/run-logs/index.ts'
import type { Project } from '../project/project.ts'
import { createReplaceableRunner, createToolRunner, type Endpoint } from '../tool/index.ts'
import type { WorkerPool } from '../worker/pool.ts'
import { PushReceiver } from '../worker/sdk-metrics/push-receiver.ts'
import { SdkMetrics } from '../worker/sdk-metrics/sdk-metrics.ts'
import { createEngineWorkers } from '../worker/workers.ts'
import { taskTypesOf } from '../kinds/shared/child-tasks.ts'
import { standardKinds } from '../kinds/index.ts'
import { ownEndpoints } from './own-endpoints.ts'
import { createReadiness } from './readiness.ts'
import { createScheduleSync, type ScheduleSync } from './schedule-sync.ts'
import { createStuckRuns } from './stuck-runs.ts'
import { requireToolSecrets, type SecretEnv } from './secrets.ts'

/** What an engine is created from. */
export interface EngineOptions {
  readonly config: Config
  readonly project: Project
  readonly build: { readonly version: string; readonly commit: string }
  readonly logger: Logger
  /** Environment variables with the secrets of tools. */
  readonly env: SecretEnv
  /** `worker` serves metrics and health only, without the API. */
  readonly role: 'all' | 'worker'
  /** URL of Temporal's own UI, if it is known. */
  readonly ui?: string
  /** Serve profiles of the process, on loopback. */
  readonly profiling?: boolean
}

/** The parts of one engine. Creating them opens no port and makes no call. */
export interface EngineParts {
  readonly options: EngineOptions
  readonly taskQueue: string
  readonly client: ReturnType<typeof openClient>
  readonly health: HealthCheck
  readonly monitoring: Monitoring
  readonly workers: WorkerPool
  readonly server: HttpServer
  readonly schedules: ScheduleSync
  /** Reports whether something asks /readyz, and so will see that the process stops. */
  readonly isProbed: () => boolean
  /** Aborted by the first call of `stop`; from then on the engine is not ready. */
  readonly stopping: AbortController
  /** Replaces the project and its tools; open runs keep their definition. */
  replaceProject(next: Project): void
  stopTools(): Promise<void>
}

/**
 * Creates every part of an engine and connects them: the one place that knows them all. Throws
 * CompozyError `config_invalid` for unreadable token files and missing secrets.
 */
export async function createParts(options: EngineOptions): Promise<EngineParts> {
  const { config, build, logger, env, role } = options
  const apiToken = openTokenFile(
    'COMPOZY_API_TOKEN_FILE',
    config.server.apiTokenFile,
    logger,
    parseApiTokens,
  )
  if (config.worker.count > 0) requireToolSecrets(options.project, env)
  const monitoring = await createEngineMonitoring(options)
  // The port is known once the server listens; processes of tools start later.
  const httpServer: { current?: HttpServer } = {}
  const endpoints = () =>
    ownEndpoints(config, {
      api: httpServer.current?.app.server.address(),
      ui: options.ui,
      sdkMetrics: PushReceiver.address,
    })
  const runLogs = createRunLogs(options, monitoring)
  const tools = createTools(options, { monitoring, endpoints, runLogs })

  let current = options.project
  const project = (): Project => current
  const taskQueue = config.temporal.taskQueue ?? current.name
  const client = openClient(config.temporal, config.temporal.namespace)
  const temporal = { client, project, taskQueue }
  const executions = createTemporalExecutions({
    ...temporal,
    onSignalRefused: monitoring.temporal.recordRefusedSignal,
  })
  const schedules = createTemporalSchedules({ ...temporal, logger })
  const scheduleSync = createScheduleSync(schedules, logger)
  const workers = createWorkers(
    options,
    { ...temporal, executions, runner: tools.runner, historyBytes: createHistoryBytes(client) },
    monitoring,
  )
  const health = createHealthCheck(client, config.temporal)
  const stopping = new AbortController()

  const api = defined({ executions, schedules, project, token: apiToken, logs: runLogs })
  const readiness = createReadiness({
    health,
    workers,
    monitoring,
    schedules: scheduleSync,
    stuckRuns: createStuckRuns(() => countStuck({ client, taskQueue })),
    stopping: stopping.signal,
  })
  const server = await createServer(
    defined({
      config: config.server,
      monitoring,
      areMetricsGuarded: config.monitoring.tokenFile !== null,
      readiness: readiness.check,
      build,
      logger,
      profiling: options.profiling ?? false,
      api: role === 'all' ? api : undefined,
    }),
  )
  httpServer.current = server
  return {
    options,
    taskQueue,
    client,
    health,
    monitoring,
    workers,
    server,
    schedules: scheduleSync,
    isProbed: readiness.isProbed,
    stopping,
    replaceProject(next) {
      if (config.worker.count > 0) requireToolSecrets(next, env)
      // Before a run of a new workflow can start.
      monitoring.addKnown(namesOf(next))
      current = next
      tools.replace(next)
    },
    async stopTools() {
      await tools.runner.stop()
      await runLogs?.close()
    },
  }
}

function checkMetricsToken(token: string): void {
  const problem = tokenProblem(token)
  if (problem !== undefined)
    throw new CompozyError('config_invalid', `MONITORING_TOKEN_FILE: the token ${problem}`)
}

/** Creates the monitoring of an engine; its names are those of the project. */
export function createEngineMonitoring({
  config,
  project,
  build,
  logger,
}: EngineOptions): Promise<Monitoring> {
  const { tokenFile, ...settings } = config.monitoring
  return createMonitoring({
    prefix: 'compozy',
    ...settings,
    build,
    features: ['temporal_health', 'temporal_polls', 'temporal_executions', 'draining'],
    interpreter: { ...namesOf(project), metrics: project.metrics },
    token: openTokenFile(
      'MONITORING_TOKEN_FILE',
      settings.enabled ? tokenFile : null,
      logger,
      checkMetricsToken,
    ),
    logger,
  })
}

/** Returns the names that series of a project carry. */
function namesOf({ workflows, tools }: Project): Parameters<Monitoring['addKnown']>[0] {
  return {
    workflows: [...workflows.values()].map(({ definition }) => ({
      id: definition.id,
      taskTypes: [...taskTypesOf(definition, standardKinds)],
    })),
    tools: [...tools.values()].map(({ id }) => id),
  }
}

/** Creates the store of what tools print; none where it is not kept. */
function createRunLogs(
  { config, project, logger }: EngineOptions,
  { tools }: Monitoring,
): RunLogStore | undefined {
  const { dir, maxBytes } = config.logs
  if (dir === null || maxBytes === 0) return undefined
  return createRunLogStore({
    dir: resolve(project.dir, dir),
    maxBytes,
    logger,
    onDropped: tools.recordDroppedLines,
  })
}

interface ToolParts {
  readonly monitoring: Monitoring
  readonly endpoints: () => readonly Endpoint[]
  readonly runLogs: RunLogStore | undefined
}

function createTools(
  { project, env, logger }: EngineOptions,
  { monitoring, endpoints, runLogs }: ToolParts,
) {
  const runnerOf = ({ dir, runtime, tools }: Project) =>
    createToolRunner({
      ...defined({ runLogs }),
      projectDir: dir,
      permissions: runtime.permissions,
      maxProcesses: runtime.maxToolProcesses,
      memoryMb: runtime.memoryMb,
      nodeModules: runtime.nodeModules,
      secrets: env,
      secretNames: [...tools.values()].flatMap(({ secrets }) => secrets),
      ownEndpoints: endpoints,
      logger,
      onCall: (call) => monitoring.tools.recordCall(call),
      onWaiting: (change) => monitoring.tools.recordWaitingCall(change),
    })
  const runner = createReplaceableRunner(runnerOf(project))
  return { runner, replace: (next: Project) => runner.replace(runnerOf(next)) }
}

type WorkerInputs = Pick<
  Parameters<typeof createEngineWorkers>[0],
  'project' | 'taskQueue' | 'executions' | 'runner' | 'historyBytes'
>

function createWorkers(
  { config, logger }: EngineOptions,
  inputs: WorkerInputs,
  monitoring: Monitoring,
): WorkerPool {
  const { namespace } = config.temporal
  const queue = { namespace, taskQueue: inputs.taskQueue }
  const { sdkMetricsWanted: wanted } = monitoring.temporal
  const everyUpdate = wanted === 'all' || config.worker.count > 1
  const sdkMetrics = wanted === 'none' ? undefined : new SdkMetrics(queue, { everyUpdate })
  if (sdkMetrics !== undefined) monitoring.temporal.attachSdkMetrics(sdkMetrics)
  const workers = createEngineWorkers({
    ...inputs,
    config: config.worker,
    namespace,
    connect: () => connectWorker(config.temporal),
    monitoring: monitoring.temporal,
    sdkMetrics,
    memoOf,
    logger,
    graceMs: config.server.drainTimeout,
  })
  monitoring.temporal.setWorkers(workers)
  return workers
}
