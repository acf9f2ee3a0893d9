import { join } from 'node:path'
import type { Config } from '../../engine/config/config.ts'
import type { Engine, EngineOptions, ReadyInfo } from '../../engine/engine.ts'
import { findTemporalBinary } from '../../engine/infra/temporal/binary/find.ts'
import { launchDevServer } from '../../engine/infra/temporal/dev-server/dev-server.ts'
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
  const server = await launchDevServer({
    binary: binary.path,
    port: anyPort ? 0 : session.config.temporal.devPort,
    namespace,
    databaseFile: join(project.dir, '.compozy', 'temporal.db'),
    logger,
    signal,
  })
  // The engine is loaded and created while the server starts.
  const created = loadEngine({
    config: configFor(session.config, server.address, anyPort),
    project,
    build,
    logger,
    env,
    role: 'all',
    ui: server.uiUrl,
  })
  created.catch(() => undefined)
  try {
    await server.ready
    const engine = await created
    const ready = await Promise.race([engine.start({ signal }), server.died])
    return {
      ready,
      failed: server.died,
      reload: (next, options) => engine.reload(next, options),
      async stop() {
        await engine.stop()
        await server.stop()
      },
    }
  } catch (error) {
    const engine = await created.catch(() => undefined)
    await engine?.stop()
    await server.stop()
    throw error
  }
}

async function loadEngine(options: EngineOptions): Promise<Engine> {
  const { createEngine } = await import('../../engine/engine.ts')
  return createEngine(options)
}

/**
 * Where an engine listens whose one client is this process: it needs no token, and the file may
 * hold only the SHA-256 of one.
 */
const onlyHere = { port: 0, host: '127.0.0.1', apiTokenFile: null }

/** The configuration of an engine that uses its own development server. */
function configFor(config: Config, address: string, anyPort: boolean): Config {
  const local = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }
  return {
    ...config,
    temporal: { ...config.temporal, ...local, address },
    logs: { ...config.logs, dir: config.logs.dir ?? join('.compozy', 'logs') },
    server: anyPort ? { ...config.server, ...onlyHere } : config.server,
  }
}
