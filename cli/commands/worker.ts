import type { Command } from '../command.ts'
import { serveFlags } from './start.ts'

/** `compozy worker`. */
export const worker: Command = {
  positionals: [],
  flags: serveFlags,
  details: `
Like "compozy start", without the API. --port serves only /healthz, /readyz and the metrics path.

  compozy worker --workers 4 --port 9464`,
  run: async (context) => (await import('../serve/serve.ts')).serve(context, 'worker'),
}
