import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Checked, Given } from '../session.ts'

/** What the check of a project found; without the project, which cannot leave its thread. */
export interface CheckAnswer extends Pick<Checked, 'lines' | 'diagnostics'> {
  readonly isSound: boolean
}

/** Checks projects in a thread of its own. */
export interface ProjectChecker {
  /** Never throws: a check that takes too long or too much memory is an answer too. */
  check(given: Given): Promise<CheckAnswer>
  close(): Promise<void>
}

/** How long a check may take, and how much heap it may use. */
const bounds = { milliseconds: 30_000, megabytes: 1_024 }

/** The same file as this module, compiled or not. */
const entry = new URL(`./check-worker${extname(import.meta.url)}`, import.meta.url)

/** Asks the thread once. Rejects when it ends, or takes too long. */
async function ask(worker: Worker, given: Given): Promise<CheckAnswer> {
  const signal = AbortSignal.timeout(bounds.milliseconds)
  const ended = once(worker, 'exit', { signal }).then((): never => {
    throw new Error('the check ended early')
  })
  const answered = once(worker, 'message', { signal }) as Promise<[CheckAnswer]>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(given)
  const [answer] = await Promise.race([answered, ended])
  return answer
}

function reasonOf(error: unknown): string {
  const { name, message } = error as Error
  return name === 'AbortError' ? `it takes longer than ${bounds.milliseconds / 1_000} s` : message
}

/** Creates a checker. Its thread starts at the first check and is kept; one check at a time. */
export function createProjectChecker(): ProjectChecker {
  let worker: Worker | undefined
  return {
    async check({ flags: { values, switches, positionals }, env, cwd }) {
      worker ??= new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: bounds.megabytes } })
      const current = worker
      const given = { flags: { values, switches, positionals }, env: { ...env }, cwd }
      try {
        return await ask(current, given)
      } catch (error) {
        worker = undefined
        await current.terminate()
        const line = `the changed project can't be checked: ${reasonOf(error)}`
        return { lines: [line], diagnostics: [], isSound: false }
      }
    },
    async close() {
      await worker?.terminate()
    },
  }
}
