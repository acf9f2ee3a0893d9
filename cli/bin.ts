#!/usr/bin/env node
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { defined } from '../engine/core/defined.ts'
import { userCacheDir } from '../engine/infra/temporal/binary/user-cache.ts'
import { flush } from './flush.ts'
import { main } from './main.ts'

// Node.js 22 and later keep compiled code on disk, for the commands that are loaded from here on. A
// folder that can't be written is no error to them, but one below a dangling link or in /proc would
// keep them busy for ever: the user's cache folder must be there.
const { enableCompileCache } = nodeModule as { enableCompileCache?: (folder: string) => unknown }
const cache = userCacheDir(process.env)
if (existsSync(dirname(cache))) enableCompileCache?.(join(cache, 'compile-cache'))

const stop = new AbortController()
// The first signal stops cleanly. A second one ends the process at once, because the listener is
// gone.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name))

// `compozy … | head`: the reader is gone, so stop.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // In raw mode, Ctrl-C arrives as a key, not as a signal.
  lines.once('SIGINT', () => stop.abort('SIGINT'))
  return lines.question(question, { signal: stop.signal }).finally(() => lines.close())
}

// Not `process.stdin.isTTY`: it would begin to read a pipe that only some commands read.
process.exitCode = await main(
  defined({
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    streams: { stdout: process.stdout, stderr: process.stderr },
    signal: stop.signal,
    ask: isatty(0) && process.stderr.isTTY ? ask : undefined,
  }),
)
await flush(process.stdout, process.stderr)
// An open handle, such as a dead worker's, must not keep a finished command alive.
process.exit()
