import type { Logger } from '../../core/logger.ts'
import type { Project } from '../../project/project.ts'
import type { Executions, Schedules } from '../../executions.ts'
import type { Monitoring } from '../monitoring/index.ts'
import type { ServerConfig } from './config.ts'

/** Whether this process can do its work now; each check by name is `ok` or says what is missing. */
export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, string>>
}

/** What the HTTP server is made of. */
export interface ServerDependencies {
  readonly config: ServerConfig
  readonly monitoring: Monitoring
  readonly readiness: () => Promise<Readiness>
  readonly build: { readonly version: string; readonly commit: string }
  readonly logger: Logger
  /** Serves CPU and heap profiles under /debug/pprof/; only where it listens on loopback. */
  readonly profiling?: boolean
  /** Absent in a process that only runs workers: then health and metrics are all it serves. */
  readonly api?: ApiDependencies
}

/** What the API's routes reach. */
export interface ApiDependencies {
  readonly executions: Executions
  readonly schedules: Schedules
  /** The project as it is now; `dev` exchanges it. */
  readonly project: () => Project
  /** Bearer token that /api/ asks for; absent: none. */
  readonly token?: string
}
