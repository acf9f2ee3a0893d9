import type { Command } from '../command.ts'
import { startDevEngine } from '../dev-engine.ts'
import { exitCodes } from '../exit.ts'
import { settingFlags } from '../flags.ts'
import { createReloader, watchProject, type ProjectWatch } from '../reload.ts'
import { announce, untilAborted } from '../serve.ts'
import { openSession } from '../session.ts'

/** `compozy dev`. */
export const dev: Command = {
  name: 'dev',
  summary: 'Run a project with everything it needs: Temporal, workers, API, metrics',
  positionals: [],
  flags: settingFlags(['server', 'temporal', 'worker', 'monitoring', 'log'], {
    except: 'temporal-address',
  }),
  details: `
Starts a Temporal development server on a database under .compozy/ in the project: runs that are open when it stops
go on when it starts again. The server's program is looked for at TEMPORAL_CLI_PATH, on PATH and in the user's cache,
and else fetched once. Port 0 takes any free one. Ctrl-C stops cleanly.

Changed YAML and tool files are loaded at once. New runs are of the new files, open ones keep the definition that they
began with and call the new tools; files with errors are reported, and the last good ones stay. Settings of server,
temporal, worker and monitoring, and new metrics, take effect at the next start.

  compozy dev --cwd examples/quickstart
  compozy dev --port 0 --temporal-port 0 --json`,
  async run(context) {
    const session = await openSession(context)
    const engine = await startDevEngine(context, session, { anyPort: false })
    let watch: ProjectWatch | undefined
    try {
      if (!context.signal.aborted)
        announce(engine.ready, session, { terminal: context.terminal, role: 'all' })
      watch = watchProject(session.project.dir, createReloader(context, session, engine))
      await untilAborted(context.signal, engine.failed)
    } finally {
      await watch?.close()
      await engine.stop()
    }
    return exitCodes.clean
  },
}
