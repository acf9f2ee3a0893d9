#!/usr/bin/env node
import { main } from './main.ts'

const stop = new AbortController()
// The first signal asks for a clean stop; a second one, with our listener gone, ends the process at once.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name))

// `compozy … | head`: who reads has gone, so there is nobody left to write for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await main({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  streams: { stdout: process.stdout, stderr: process.stderr },
  signal: stop.signal,
})
// Whatever still holds the loop (a dead worker's native handle) must not keep a finished command alive.
process.exit()
