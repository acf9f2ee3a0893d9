import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './root.ts'

/** Linux counts CPU time in hundredths of a second. */
const ticksPerSecond = 100

/** CPU time of a process so far, s, and its resident memory, MB. Linux only. */
export function usageOf(pid: number | undefined): { readonly cpu: number; readonly rss: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rss: Number(rss) / 1_024,
  }
}

/** Resolves when the process has ended. */
export const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done()
    else child.once('exit', () => done())
  })

/** What a process with a probe (`--import`) is asked by comes on a channel of its own. */
function pipes(stderr: 'inherit' | 'ignore', flags: readonly string[]): StdioOptions {
  return flags.includes('--import') ? ['ignore', 'pipe', stderr, 'ipc'] : ['ignore', 'pipe', stderr]
}

/** The ready line of a command of ours. */
export interface Ready {
  readonly api: string
  readonly metrics: string | null
  readonly temporal: string
  readonly task_queue: string
}

/**
 * Starts a command of the built CLI, with nothing of this process's environment but the way to
 * programs.
 * @param flags options of Node.js
 */
export async function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly ready: Ready }> {
  const command = [...flags, join(root, 'dist/cli/bin.js'), ...args, '--json']
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: pipes('ignore', flags),
  })
  const ready = await new Promise<Ready>((done, fail) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const event = JSON.parse(line) as Ready & { event: string }
      if (event.event === 'ready') done(event)
    })
    child.once('exit', (code) => fail(new Error(`compozy ${args[0]} ended with ${code}`)))
  })
  return { child, ready }
}

/** Starts a script of ours and waits until it says `ready`. */
export async function startScript(
  file: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...flags, resolve(import.meta.dirname, file), ...args], {
    cwd: root,
    stdio: pipes('inherit', flags),
  })
  await new Promise<void>((done, fail) => {
    createInterface({ input: child.stdout! }).once('line', () => done())
    child.once('exit', (code) => fail(new Error(`${file} ended with ${code}`)))
  })
  return child
}
