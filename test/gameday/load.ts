import type { JsonValue } from '../../engine/core/json.ts'
import { call } from '../support/api.ts'

/** Callers that go on whatever happens, as real ones do. */
export interface Load {
  /** Runs of `hourly` fail from now on, or complete again. */
  failHourly(fails: boolean): void
  /** Runs of `minor` are started under another name from now on. */
  renameMinor(): void
  stop(): Promise<void>
}

/**
 * Starts the load: a list of workflows every half second, a run every two seconds, and twice in an
 * hour of the shipped rules a run of `hourly`. Callers do not wait for each other.
 */
export function startLoad(api: string): Load {
  let failing = false
  let minor = 'minor'
  let tick = 0
  const pending = new Set<Promise<void>>()

  function send(method: string, path: string, body?: JsonValue): void {
    const work = call(api, method, `/api/v0/${path}`, body)
      .then(() => undefined)
      .catch(() => undefined)
      .finally(() => pending.delete(work))
    pending.add(work)
  }
  const run = (workflow: string, name: string): void =>
    send('POST', `workflows/${workflow}/executions`, { input: { name } })

  const timer = setInterval(() => {
    tick++
    send('GET', 'workflows')
    if (tick % 4 === 0) run('steady', `n${tick}`)
    if (tick % 10 === 5) run(minor, `n${tick}`)
    if (tick % 44 === 7) run('hourly', failing ? 'nobody' : `n${tick}`)
  }, 500)
  return {
    failHourly: (fails) => void (failing = fails),
    renameMinor: () => void (minor = 'minor-2'),
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
    },
  }
}
