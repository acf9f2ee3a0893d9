import { createEngine } from '../../engine/engine.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { settingFlags, type Flags } from '../flags.ts'
import { announce } from '../announce.ts'
import { untilAborted } from '../until-aborted.ts'
import { openSession } from '../session.ts'

/** Flags of both roles. */
export const serveFlags: Flags = {
  ...settingFlags(['server', 'temporal', 'worker', 'monitoring', 'log'], {
    except: 'temporal-port',
  }),
  'profile-endpoint': {
    doc: 'Serve /debug/pprof/profile?seconds=N and /debug/pprof/heap, on loopback only',
  },
}

/** Runs an engine in this role until a signal stops it. */
export async function serve(context: CommandContext, role: 'all' | 'worker'): Promise<number> {
  const session = await openSession(context)
  const { project, config, logger } = session
  const { build, env, signal, terminal, flags } = context
  const profiling = flags.switches.has('profile-endpoint')
  const engine = await createEngine({ config, project, build, logger, env, role, profiling })
  try {
    const ready = await engine.start({ signal })
    if (!signal.aborted) announce(ready, session, { terminal, role })
    await untilAborted(signal)
  } finally {
    await engine.stop()
  }
  return exitCodes.clean
}

/** `compozy start`. */
export const start: Command = {
  name: 'start',
  summary: 'Serve the API and run workers on a configured Temporal server',
  positionals: [],
  flags: serveFlags,
  details: `
Name the Temporal server by --temporal-address, TEMPORAL_ADDRESS or temporal.address; if it needs credentials, set
TEMPORAL_API_KEY or TEMPORAL_TLS_CERT/KEY/CA. While it is unreachable, /readyz answers 503 and the engine retries.
On SIGTERM, /readyz answers 503 while load balancers notice. Workers finish their tasks, open requests are
answered, and the exit code is 0.

  compozy start --temporal-address temporal.internal:7233 --host 0.0.0.0
  compozy start --workers 0        API only; workers run elsewhere
  compozy start --profile-endpoint, then: go tool pprof -top 'http://127.0.0.1:8080/debug/pprof/profile?seconds=10'`,
  run: (context) => serve(context, 'all'),
}
