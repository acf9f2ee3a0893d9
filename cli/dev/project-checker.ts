import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Config } from '../../engine/config/config.ts'
import { unpackProject, type PackedProject } from '../../engine/project/packed-project.ts'
import type { Invocation } from '../command.ts'
import type { ProjectCheck } from '../session.ts'

/** {@link ProjectCheck} as the thread sends it. */
export interface CheckAnswer extends Omit<ProjectCheck, 'sound'> {
  readonly sound?: { readonly project: PackedProject; readonly config: Config }
}

/** Checks projects in a separate thread. */
export interface ProjectChecker {
  /**
   * Never throws: a check that takes too long or too much memory is an answer too, with the file
   * that changed. A sound project comes back compiled.
   */
  check(invocation: Invocation, changed?: string): Promise<ProjectCheck>
  close(): Promise<void>
}

/** How long a check may take, and how much heap it may use. */
export interface CheckBounds {
  readonly milliseconds: number
  readonly megabytes: number
}

const defaultBounds: CheckBounds = { milliseconds: 30_000, megabytes: 1_024 }

/** The thread's module, compiled as this one is, or not. */
const isCompiled = extname(import.meta.url) === '.js'
const entry = new URL(
  isCompiled ? './check-worker.js' : './check-worker-source.mjs',
  import.meta.url,
)

/** Asks the thread once. Rejects when it ends, or takes too long. */
async function ask(
  worker: Worker,
  invocation: Invocation,
  milliseconds: number,
): Promise<CheckAnswer> {
  const signal = AbortSignal.timeout(milliseconds)
  const ended = once(worker, 'exit', { signal }).then((): never => {
    throw new Error('the check ended early')
  })
  const answered = once(worker, 'message', { signal }) as Promise<[CheckAnswer]>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(invocation)
  const [answer] = await Promise.race([answered, ended])
  return answer
}

function reasonOf(error: unknown, { milliseconds, megabytes }: CheckBounds): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'AbortError') return `it takes longer than ${milliseconds / 1_000} s`
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? `it takes more than ${megabytes} MB` : message
}

/** Creates a checker. Its thread starts at the first check and is kept; one check at a time. */
export function createProjectChecker(bounds = defaultBounds): ProjectChecker {
  let worker: Worker | undefined
  return {
    async check({ flags: { values, switches, positionals }, env, cwd }, changed) {
      const resourceLimits = { maxOldGenerationSizeMb: bounds.megabytes }
      worker ??= new Worker(entry, { resourceLimits })
      const current = worker
      const invocation = { flags: { values, switches, positionals }, env: { ...env }, cwd }
      try {
        const { sound, ...found } = await ask(current, invocation, bounds.milliseconds)
        if (sound === undefined) return found
        return { ...found, sound: { ...sound, project: await unpackProject(sound.project) } }
      } catch (error) {
        worker = undefined
        await current.terminate()
        const place = changed === undefined ? '' : `${changed}: `
        const line = `${place}error: the changed project can't be checked: ${reasonOf(error, bounds)}`
        return { lines: [line], diagnostics: [] }
      }
    },
    async close() {
      await worker?.terminate()
    },
  }
}
