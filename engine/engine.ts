import { readFileSync } from 'node:fs'
import type { Config } from './config/config.ts'
import { CompozyError } from './core/errors.ts'
import type { Logger } from './core/logger.ts'
import {
  createMonitoringService,
  type Monitoring,
  type ServerTruth,
} from './infra/monitoring/index.ts'
import { createServer, type HttpServer } from './infra/server/app.ts'
import type { Readiness } from './infra/server/deps.ts'
import {
  connectWorker,
  createHealthCheck,
  countByStatus,
  countStuck,
  createTemporalExecutions,
  createTemporalSchedules,
  keepTrying,
  memoOf,
  openClient,
  readBacklog,
} from './infra/temporal/index.ts'
import type { Project } from './project/project.ts'
import { createReplaceableRunner, createToolRunner } from './tool/index.ts'
import { taskTypesOf } from './definition/child-tasks.ts'
import { createSdkMetrics } from './worker/runtime.ts'
import { createEngineWorkers } from './worker/workers.ts'

/** What an engine is made of. */
export interface EngineOptions {
  readonly config: Config
  readonly project: Project
  readonly build: { readonly version: string; readonly commit: string }
  readonly logger: Logger
  /** Variables that tools' secrets are taken from. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `worker` serves metrics and health only, and no API. */
  readonly role: 'all' | 'worker'
  /** URL of Temporal's own UI, where it is known. */
  readonly ui?: string
  /** Serve profiles of the process, on loopback. */
  readonly profiling?: boolean
}

/** Where everything answers. */
export interface ReadyInfo {
  readonly api: string
  readonly metrics: string | null
  readonly temporal: string
  readonly namespace: string
  readonly task_queue: string
  readonly ui: string | null
}

/** A running process's worth of Compozy. */
export interface Engine {
  /**
   * Listens at once (with /readyz 503), then waits until Temporal answers and every worker polls, however long that
   * takes. Resolves when everything answers, or when `signal` aborts.
   */
  start(options: { signal: AbortSignal }): Promise<ReadyInfo>
  /**
   * Takes the project as it was loaded anew: its workflows for new runs, its tools, permissions and schedules. Open
   * runs keep their definition; settings and declared metrics stay those of the start. Throws CompozyError
   * `config_invalid` where secrets are missing, and then everything stays as it was.
   */
  reload(project: Project, options: { signal: AbortSignal }): Promise<void>
  /** Readiness off, workers finish, requests are answered; within the drain timeout. */
  stop(): Promise<void>
}

const healthTimeoutMs = 1_000

function readToken(name: string, file: string | null): string | undefined {
  if (file === null) return undefined
  let token: string
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new CompozyError('config_invalid', `${name}=${file}: the file can't be read`, {
      cause,
    })
  }
  if (token === '') throw new CompozyError('config_invalid', `${name}=${file}: the file is empty`)
  return token
}

/** A tool whose secret is missing would fail at its first call; better now, with all of them named. */
function checkSecrets(project: Project, env: EngineOptions['env']): void {
  const missing = [...project.tools.values()].flatMap(({ key, secrets }) =>
    secrets.filter((name) => !env[name]).map((name) => `tool "${key}" needs the variable ${name}`),
  )
  if (missing.length === 0) return
  throw new CompozyError(
    'config_invalid',
    `secrets are missing in the environment:\n${missing.join('\n')}`,
  )
}

/** Puts an engine together; the one place that sees every part. Nothing runs before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const { config, build, logger, env, role } = options
  let { project } = options
  const { namespace } = config.temporal
  const taskQueue = config.temporal.taskQueue ?? project.name
  const token = readToken('COMPOZY_API_TOKEN_FILE', config.server.apiTokenFile)
  const { monitoring: settings } = config
  const metricsToken = settings.enabled
    ? readToken('MONITORING_TOKEN_FILE', settings.tokenFile)
    : undefined
  if (config.worker.count > 0) checkSecrets(project, env)
  const client = openClient(config.temporal, namespace)
  const parts = { client, project: () => project, taskQueue }
  const executions = createTemporalExecutions(parts)
  const schedules = createTemporalSchedules({ ...parts, logger })
  const createRunner = ({ dir, runtime }: Project) =>
    createToolRunner({
      projectDir: dir,
      permissions: runtime.permissions,
      maxProcesses: runtime.maxToolProcesses,
      memoryMb: runtime.memoryMb,
      nodeModules: runtime.nodeModules,
      secrets: env,
      logger,
      onCall: (call) => running?.monitoring.tools.called(call),
    })
  const runner = createReplaceableRunner(createRunner(project))
  const counts = { client, taskQueue }
  const serverTruth: ServerTruth = {
    executions: (type, options) => countByStatus(type, { ...counts, ...options }),
    stuck: (type, options) => countStuck(type, { ...counts, ...options }),
    backlog: (kind, options) => readBacklog(kind, { ...counts, ...options }),
  }
  const health = createHealthCheck(client, config.temporal)
  const stopping = new AbortController()
  let draining = false
  let stopped: Promise<void> | undefined
  let running:
    | {
        server: HttpServer
        monitoring: Monitoring
        workers: ReturnType<typeof createEngineWorkers>
      }
    | undefined

  async function readiness(): Promise<Readiness> {
    const trouble = await health(healthTimeoutMs)
    const configured = running?.workers.configured() ?? 0
    const polling = running?.workers.running() ?? 0
    const checks = {
      temporal: trouble ?? 'ok',
      workers: polling >= configured ? 'ok' : `${polling} of ${configured} poll`,
      ...(draining && { draining: 'this process is stopping' }),
    }
    const ready = Object.values(checks).every((state) => state === 'ok')
    const degraded = running?.monitoring.trouble
    // Without its numbers the engine still does its work.
    return {
      ready,
      checks: { ...checks, ...(degraded && { monitoring: `degraded: ${degraded}` }) },
    }
  }

  function waitForTemporal(signal: AbortSignal): Promise<void> {
    const attempt = async (): Promise<void> => {
      const reason = await health(healthTimeoutMs)
      if (reason !== undefined) throw new CompozyError('temporal_unavailable', reason)
    }
    return keepTrying(attempt, {
      signal,
      onFailure: (error, retry_in_ms) => {
        const { message: reason } = CompozyError.from(error)
        logger.warn({ reason, retry_in_ms }, 'the Temporal server does not answer; trying again')
      },
    })
  }

  /** Schedules that can't be brought in line now are so later; the runs that are asked for do not wait for them. */
  async function followFiles(signal: AbortSignal): Promise<void> {
    const attempt = () => schedules.reconcile({ signal })
    await new Promise<void>((resolve) => {
      const onFailure = (error: unknown, retry_in_ms: number): void => {
        logger.warn(
          { err: error, retry_in_ms },
          'the schedules could not be brought in line with the files',
        )
        resolve()
      }
      void keepTrying(attempt, { signal, onFailure }).then(resolve)
    })
  }

  async function stop(): Promise<void> {
    draining = true
    stopping.abort()
    const until = performance.now() + config.server.drainTimeout
    if (running !== undefined) {
      const { server, workers, monitoring } = running
      // The server closes last, so that a last scrape sees what the workers finished.
      await workers.stop()
      // Workers and requests have one drain timeout, not one each.
      await server.close({ withinMs: Math.max(0, until - performance.now()) })
      await monitoring.stop()
    }
    await runner.stop()
    await client.connection.close()
  }

  return {
    async start({ signal }) {
      const monitoring = await createMonitoringService({
        config: config.monitoring,
        build,
        workflows: [...project.workflows.values()].map(({ definition }) => ({
          id: definition.id,
          taskTypes: [...taskTypesOf(definition)],
        })),
        tools: [...project.tools.values()].map(({ id }) => id),
        token: metricsToken,
        customMetrics: project.metrics,
        logger,
      })
      const sdkMetrics = monitoring.temporal.wantsSdk ? createSdkMetrics() : undefined
      if (sdkMetrics !== undefined) monitoring.temporal.sdk(sdkMetrics)
      const workers = createEngineWorkers({
        ...parts,
        config: config.worker,
        namespace,
        connect: () => connectWorker(config.temporal),
        monitoring: monitoring.temporal,
        sdkMetrics,
        runner,
        executions,
        memoOf,
        logger,
        graceMs: config.server.drainTimeout,
      })
      monitoring.temporal.setWorkers(workers)
      const api = {
        executions,
        schedules,
        project: () => project,
        ...(token !== undefined && { token }),
      }
      const server = await createServer({
        config: config.server,
        monitoring,
        readiness,
        build,
        logger,
        profiling: options.profiling ?? false,
        ...(role === 'all' && { api }),
      })
      running = { server, monitoring, workers }
      const url = await server.listen()
      const metricsUrl = (await monitoring.http.listen()) ?? url
      await waitForTemporal(signal)
      if (!signal.aborted) {
        monitoring.temporal.reconcile(serverTruth)
        const aborted = new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        )
        await Promise.race([
          Promise.all([
            workers.start(),
            role === 'all' ? followFiles(AbortSignal.any([signal, stopping.signal])) : undefined,
          ]),
          aborted,
        ])
      }
      return {
        api: url,
        metrics: monitoring.path === null ? null : `${metricsUrl}${monitoring.path}`,
        temporal: config.temporal.address,
        namespace,
        task_queue: taskQueue,
        ui: options.ui ?? null,
      }
    },
    async reload(next, { signal }) {
      if (config.worker.count > 0) checkSecrets(next, env)
      project = next
      runner.replace(createRunner(next))
      if (role === 'all') await schedules.reconcile({ signal })
    },
    stop: () => (stopped ??= stop()),
  }
}
