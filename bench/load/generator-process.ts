import { fork, type ChildProcess } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import type { ClosedJob, LoadAnswer, OpenJob } from './generator.ts'

/** A running generator. */
export interface Generator {
  run(job: ClosedJob | OpenJob): Promise<LoadAnswer>
  stop(): void
}

/**
 * Puts a process on one core, where the machine can: a generator that shares the server's core
 * measures itself.
 */
export function pin(child: ChildProcess | NodeJS.Process, core: number): void {
  if (child.pid === undefined || cpus().length < 2) return
  try {
    execFileSync('taskset', ['-a', '-p', '-c', String(core), String(child.pid)], {
      stdio: 'ignore',
    })
  } catch {
    // Without taskset the scheduler decides; the intervals then say what that costs.
  }
}

/** Starts the generator on the second core. */
export function startGenerator(): Generator {
  const child = fork(resolve(import.meta.dirname, 'generator.js'), { serialization: 'advanced' })
  pin(child, 1)
  return {
    run: (job) =>
      new Promise((done, fail) => {
        child.once('exit', fail)
        child.once('message', (answer) => {
          child.off('exit', fail)
          done(answer as LoadAnswer)
        })
        child.send(job)
      }),
    stop: () => void child.kill(),
  }
}
