import type { Command } from '../command.ts'
import { serve, serveFlags } from './start.ts'

/** `compozy worker`. */
export const worker: Command = {
  name: 'worker',
  summary: 'Run only workers, with metrics and health on --port',
  positionals: [],
  flags: serveFlags,
  details: `
Like "compozy start", without the API. --port serves only /healthz, /readyz and the metrics path.

  compozy worker --workers 4 --port 9464`,
  run: (context) => serve(context, 'worker'),
}
