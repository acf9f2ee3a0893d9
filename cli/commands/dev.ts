import type { Command } from '../command.ts'
import { settingFlags } from '../setting-flags.ts'

/** `compozy dev`. */
export const dev: Command = {
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
  run: async (context) => (await import('../dev/run-dev.ts')).runDev(context),
}
