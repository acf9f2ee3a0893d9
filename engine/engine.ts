import { drain } from './assembly/drain.ts'
import { createParts, type EngineOptions } from './assembly/parts.ts'
import { startParts, type ReadyInfo } from './assembly/start.ts'
import type { Project } from './project/project.ts'

export type { EngineOptions } from './assembly/parts.ts'
export type { ReadyInfo } from './assembly/start.ts'

/** A running process's worth of Compozy. */
export interface Engine {
  /**
   * Listens at once, with /readyz at 503, then waits until Temporal answers and every worker
   * polls, however long that takes. Resolves when everything answers, or when `signal` aborts.
   */
  start(options: { signal: AbortSignal }): Promise<ReadyInfo>
  /**
   * Takes a project that was loaded again: its workflows for new runs, its tools, permissions and
   * schedules. Series of new workflows and tools exist at 0 from then on; those of removed ones
   * stay. Open runs keep their definition. Settings and declared metrics stay as they were at the
   * start. Throws CompozyError `config_invalid` and changes nothing when secrets are missing.
   */
  reload(project: Project, options: { signal: AbortSignal }): Promise<void>
  /**
   * Stops gracefully: readiness off, workers finish, requests are answered, within the drain
   * timeout.
   */
  stop(): Promise<void>
}

/**
 * Creates an engine. Reads token files and checks secrets, but opens no port and makes no call
 * before `start`. Throws CompozyError `config_invalid`.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const parts = await createParts(options)
  let stopped: Promise<void> | undefined
  return {
    start: ({ signal }) => startParts(parts, signal),
    async reload(project, { signal }) {
      parts.replaceProject(project)
      if (options.role === 'all') await parts.schedules.apply({ signal })
    },
    stop: () => (stopped ??= drain(parts)),
  }
}
