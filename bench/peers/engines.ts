import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { loadConfig } from '../../engine/config/config.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import { createEngine, type Engine, type EngineOptions } from '../../engine/engine.ts'
import { openClient } from '../../engine/infra/temporal/index.ts'
import { loadProject } from '../../engine/project/load.ts'
import { pin, startGenerator, type Generator } from '../load/generator-process.ts'
import { ended, startCli } from '../processes.ts'
import { startTemporalProject } from '../temporal-project.ts'

/** Engines of one process. `control` is `off` once more. */
export const engineArms = ['off', 'control', 'on'] as const

/** One of {@link engineArms}. */
export type EngineArm = (typeof engineArms)[number]

/** An engine of a process; `on_again` is `on` once more. */
type Arm = EngineArm | 'on_again'

/** A real Temporal server, a worker on the second core, and a project of its own. */
export interface Surroundings {
  readonly project: string
  readonly temporal: string
  /**
   * Terminates all open runs: as fast as they are answered, starts outpace the worker, and a
   * Temporal server with thousands of open runs refuses some.
   */
  clear(): Promise<void>
  stop(): Promise<void>
}

/** `BATCH_OPERATION_STATE_RUNNING` of Temporal's API. */
const batchRuns = 1

/** Terminates all open runs in one batch of Temporal's, and waits for its end. */
async function terminateOpenRuns({ workflowService, options }: Client): Promise<void> {
  const batch = { namespace: options.namespace, jobId: randomUUID() }
  await workflowService.startBatchOperation({
    ...batch,
    visibilityQuery: 'ExecutionStatus = "Running"',
    reason: 'measured',
    terminationOperation: {},
    maxOperationsPerSecond: 200,
  })
  for (;;) {
    const answer = await workflowService.describeBatchOperation(batch)
    const state: number | null | undefined = answer.state
    if (state !== batchRuns) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Starts what the measured engines share. */
export async function startSurroundings(): Promise<Surroundings> {
  const { project, temporal: server, stop } = await startTemporalProject('examples/quickstart')
  const args = ['worker', '--cwd', project, '--port', '0', '--temporal-address', server.address]
  const { child } = await startCli(args)
  pin(child, 1)
  const { temporal } = loadConfig({ flags: {}, env: { TEMPORAL_ADDRESS: server.address } })
  const client = openClient(temporal, temporal.namespace)
  return {
    project,
    temporal: server.address,
    clear: () => terminateOpenRuns(client),
    async stop() {
      await client.connection.close()
      child.kill()
      await ended(child)
      await stop()
    },
  }
}

/** Returns what an engine without workers is created from, with these settings. */
export async function engineOptions(
  { project: dir, temporal }: Surroundings,
  settings: Readonly<Record<string, string>>,
): Promise<EngineOptions> {
  const env = {
    COMPOZY_PORT: '0',
    COMPOZY_WORKER_COUNT: '0',
    COMPOZY_DRAIN_TIMEOUT: '1s',
    COMPOZY_RATE_LIMIT: '0',
    TEMPORAL_ADDRESS: temporal,
    ...settings,
  }
  const loaded = await loadProject(dir, { env: {} })
  if (!('project' in loaded)) throw new Error('the example does not load')
  return {
    config: loadConfig({ flags: {}, env }),
    project: loaded.project,
    build: { version: '0', commit: 'bench' },
    logger: silentLogger,
    env: {},
    role: 'all',
  }
}

/**
 * Starts an engine without workers in this process. Its reconciler rests after the first round:
 * what it does in the background would fall on the other arms.
 */
async function startArm(
  arm: Arm,
  surroundings: Surroundings,
): Promise<{ engine: Engine; port: number }> {
  const options = await engineOptions(surroundings, {
    MONITORING_ENABLED: String(arm.startsWith('on')),
    MONITORING_RECONCILE_INTERVAL: '1h',
  })
  const engine = await createEngine(options)
  const { api } = await engine.start({ signal: new AbortController().signal })
  return { engine, port: Number(new URL(api).port) }
}

/**
 * An engine for each arm in this process, made in the order of the arms, and a generator for them,
 * while `use` runs. Made anew many times, as `withServers` says.
 */
export async function withEngines<A extends Arm, T>(
  surroundings: Surroundings,
  arms: readonly A[],
  use: (portOf: (arm: A) => number, generator: Generator) => Promise<T>,
): Promise<T> {
  const started = new Map<A, Awaited<ReturnType<typeof startArm>>>()
  const generator = startGenerator()
  try {
    for (const arm of arms) started.set(arm, await startArm(arm, surroundings))
    return await use((arm) => started.get(arm)!.port, generator)
  } finally {
    generator.stop()
    await Promise.all([...started.values()].map(({ engine }) => engine.stop()))
  }
}
