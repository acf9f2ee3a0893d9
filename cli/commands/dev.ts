import type { Command } from '../command.ts'
import { startDevEngine } from '../dev/dev-engine.ts'
import { exitCodes } from '../exit.ts'
import { settingFlags } from '../flags.ts'
import { createProjectChecker } from '../dev/project-checker.ts'
import { publishAddress } from '../dev/running-dev.ts'
import { createReloader, watchProject, type ProjectWatch } from '../dev/reload.ts'
import { announce } from '../announce.ts'
import { untilAborted } from '../until-aborted.ts'
import { openSession } from '../session.ts'

/** `compozy dev`. */
export const dev: Command = {
  name: 'dev',
  summary: 'Run a project in one process: Temporal, workers, API, metrics',
  positionals: [],
  flags: settingFlags(['server', 'temporal', 'worker', 'monitoring', 'log'], {
    except: 'temporal-address',
  }),
  details: `
Starts a Temporal development server with a database under .compozy/ in the project. Open runs continue at the next
start. The Temporal CLI comes from TEMPORAL_CLI_PATH, PATH or the user's cache; otherwise it is downloaded once.
Port 0 takes any free port. Ctrl-C stops cleanly. Other commands in this folder find the running dev by themselves.

Reloads YAML and tool files when they change. New runs use the new files. Open runs keep their definition and call the
new tools. If a file has errors, they are reported and the last good version keeps running. Settings of server,
temporal, worker and monitoring, and new metrics, take effect at the next start.

  compozy dev --cwd examples/quickstart
  compozy dev --port 0 --temporal-port 0 --json`,
  async run(context) {
    const session = await openSession(context)
    const engine = await startDevEngine(context, session, { anyPort: false })
    const checker = createProjectChecker()
    const removeAddress = publishAddress(session.project.dir, engine.ready.api)
    let watch: ProjectWatch | undefined
    try {
      if (!context.signal.aborted)
        announce(engine.ready, session, { terminal: context.terminal, role: 'all' })
      watch = watchProject(session.project.dir, createReloader(context, session, engine, checker))
      await untilAborted(context.signal, engine.failed)
    } finally {
      removeAddress()
      await watch?.close()
      await checker.close()
      await engine.stop()
    }
    return exitCodes.clean
  },
}
