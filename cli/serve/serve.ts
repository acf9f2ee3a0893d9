import { announce } from './announce.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { openSession } from '../session.ts'
import { logStop } from './log-stop.ts'
import { untilAborted } from './until-aborted.ts'

/** Runs an engine in this role until a signal stops it. */
export async function serve(context: CommandContext, role: 'all' | 'worker'): Promise<number> {
  const session = await openSession(context)
  const { project, config, logger } = session
  const { build, env, signal, terminal, flags } = context
  const profiling = flags.switches.has('profile-endpoint')
  // Loaded after the check: a project with errors need not wait for it.
  const { createEngine } = await import('../../engine/engine.ts')
  const engine = await createEngine({ config, project, build, logger, env, role, profiling })
  try {
    const ready = await engine.start({ signal })
    if (!signal.aborted) announce(ready, session, { terminal, role })
    await untilAborted(signal)
  } finally {
    await logStop(() => engine.stop(), { signal, logger })
  }
  return exitCodes.clean
}
