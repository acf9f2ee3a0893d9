import type { Command } from '../command.ts'
import type { Flags } from '../flags.ts'
import { settingFlags } from '../setting-flags.ts'

/** Flags of both roles. */
export const serveFlags: Flags = {
  ...settingFlags(['server', 'temporal', 'worker', 'monitoring', 'log'], {
    except: 'temporal-port',
  }),
  'profile-endpoint': {
    doc: 'Serve /debug/pprof/profile?seconds=N and /debug/pprof/heap, on loopback only',
  },
}

/** `compozy start`. */
export const start: Command = {
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
  run: async (context) => (await import('../serve/serve.ts')).serve(context, 'all'),
}
