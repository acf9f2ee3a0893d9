import type { Logger } from '../../core/logger.ts'
import type { Project } from '../../project/project.ts'
import type { Executions, Schedules } from '../../executions.ts'
import type { RunLogReader } from '../../run-logs.ts'
import type { Monitoring } from '../monitoring/public/index.ts'
import type { TokenText } from './access/token.ts'
import type { ServerConfig } from './config.ts'

/** Whether this process is ready; each check is `ok` or names what is missing. */
export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, string>>
}

/** What the HTTP server is built from. */
export interface ServerDependencies {
  readonly config: ServerConfig
  readonly monitoring: Pick<Monitoring, 'path' | 'scrape' | 'http'>
  /** Whether a scrape needs a token of its own. */
  readonly areMetricsGuarded?: boolean
  readonly readiness: () => Promise<Readiness>
  readonly build: { readonly version: string; readonly commit: string }
  readonly logger: Logger
  /** Serves CPU and heap profiles under /debug/pprof/; only on loopback. */
  readonly profiling?: boolean
  /** Absent in a process that only runs workers; it serves health and metrics alone. */
  readonly api?: ApiDependencies
}

/** What the API's routes call. */
export interface ApiDependencies {
  readonly executions: Executions
  readonly schedules: Schedules
  /** What tools printed, by run; absent where it is not kept. */
  readonly logs?: RunLogReader
  /** The current project; `dev` replaces it when files change. */
  readonly project: () => Project
  /** Text of the token file that /api/ and /debug/ require, or a function that returns it. */
  readonly token?: TokenText
}
