import { announce } from '../serve/announce.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { openSession } from '../session.ts'
import { logStop } from '../serve/log-stop.ts'
import { untilAborted } from '../serve/until-aborted.ts'
import { startDevEngine } from './dev-engine.ts'
import { createProjectChecker } from './project-checker.ts'
import type { ProjectWatch } from './reload.ts'
import { publishAddress } from './running-dev.ts'

/** Runs a project with its own Temporal server until a signal stops it. Returns the exit code. */
export async function runDev(context: CommandContext): Promise<number> {
  const readAt = Date.now()
  const session = await openSession(context)
  const [engine, { createReloader, watchProject }] = await Promise.all([
    startDevEngine(context, session, { anyPort: false }),
    import('./reload.ts'),
  ])
  const checker = createProjectChecker()
  const removeAddress = publishAddress(session.project.dir, engine.ready.api)
  let watch: ProjectWatch | undefined
  try {
    if (!context.signal.aborted)
      announce(engine.ready, session, { terminal: context.terminal, role: 'all' })
    const reload = createReloader(context, session, engine, checker)
    watch = watchProject(session.project.dir, readAt, reload)
    await untilAborted(context.signal, engine.failed)
  } finally {
    const stop = async (): Promise<void> => {
      removeAddress()
      await watch?.close()
      await checker.close()
      await engine.stop()
    }
    await logStop(stop, { signal: context.signal, logger: session.logger })
  }
  return exitCodes.clean
}
