import type { Command } from '../command.ts'
import { serve, serveFlags } from './start.ts'

/** `compozy worker`. */
export const worker: Command = {
  name: 'worker',
  summary: 'Run workers alone, with metrics and health on --port',
  positionals: [],
  flags: serveFlags,
  details: `
As "compozy start", without the API: /healthz, /readyz and the metrics path are all that --port serves.

  compozy worker --workers 4 --port 9464`,
  run: (context) => serve(context, 'worker'),
}
