import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { silentLogger } from '../engine/core/logger.ts'
import { findTemporalBinary, startDevServer } from '../engine/infra/temporal/index.ts'
import { root } from './root.ts'

/** A project's copy and the Temporal server that its engines share. */
export interface TemporalProject {
  /** Temporary folder of both; it goes with them. */
  readonly folder: string
  /** Folder of the copy. */
  readonly project: string
  readonly temporal: { readonly address: string; readonly pid: number }
  stop(): Promise<void>
}

/** Copies a project, given by its path from the root, and starts a Temporal server for it. */
export async function startTemporalProject(path: string): Promise<TemporalProject> {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
  const project = join(folder, basename(path))
  cpSync(join(root, path), project, {
    recursive: true,
    filter: (file) => !file.includes('.compozy'),
  })
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const server = await startDevServer({
    binary,
    port: 0,
    namespace: 'default',
    databaseFile: join(folder, 'temporal.db'),
    logger: silentLogger,
  })
  return {
    folder,
    project,
    temporal: server,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
