import { join } from 'node:path'
import { createEngine, type Engine, type ReadyInfo } from '../../engine/engine.ts'
import { findTemporalBinary, startDevServer } from '../../engine/infra/temporal/index.ts'
import type { CommandContext } from '../command.ts'
import { createProgress } from '../watch/progress-bar.ts'
import type { Session } from '../session.ts'

/** An engine with its own Temporal server. */
export interface DevEngine {
  readonly ready: ReadyInfo
  /** Rejects if the Temporal server ends unexpectedly. */
  readonly failed: Promise<never>
  reload: Engine['reload']
  stop(): Promise<void>
}

/**
 * Starts a development server on the project's database, and an engine that uses it. With
 * `anyPort`, both take any free port: nobody else needs to find them.
 */
export async function startDevEngine(
  context: CommandContext,
  session: Session,
  { anyPort }: { anyPort: boolean },
): Promise<DevEngine> {
  const { terminal, env, build, signal } = context
  const { project, logger } = session
  signal.throwIfAborted()
  const progress = createProgress(terminal)
  const binary = await findTemporalBinary({ env, onProgress: progress.update, signal }).finally(
    () => progress.done(),
  )
  const { namespace } = session.config.temporal
  const server = await startDevServer({
    binary: binary.path,
    port: anyPort ? 0 : session.config.temporal.devPort,
    namespace,
    databaseFile: join(project.dir, '.compozy', 'temporal.db'),
    logger,
    signal,
  })
  let engine: Engine | undefined
  try {
    const config = {
      ...session.config,
      temporal: {
        ...session.config.temporal,
        address: server.address,
        apiKey: null,
        tls: false,
        tlsCert: null,
        tlsKey: null,
        tlsCa: null,
      },
      logs: {
        ...session.config.logs,
        dir: session.config.logs.dir ?? join('.compozy', 'logs'),
      },
      server: anyPort
        ? { ...session.config.server, port: 0, host: '127.0.0.1' }
        : session.config.server,
    }
    engine = await createEngine({
      config,
      project,
      build,
      logger,
      env,
      role: 'all',
      ui: server.uiUrl,
    })
    const started = engine
    const ready = await Promise.race([engine.start({ signal }), server.died])
    return {
      ready,
      failed: server.died,
      reload: (project, options) => started.reload(project, options),
      async stop() {
        await started.stop()
        await server.stop()
      },
    }
  } catch (error) {
    await engine?.stop()
    await server.stop()
    throw error
  }
}
