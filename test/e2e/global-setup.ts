import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { findTemporalBinary } from '../../engine/infra/temporal/binary/find.ts'

const root = resolve(import.meta.dirname, '../..')

/**
 * Builds what the end-to-end tests run and makes sure of a Temporal binary, as a user's first `dev`
 * would.
 */
export async function setup(): Promise<void> {
  execFileSync(process.execPath, ['scripts/ensure.mjs', 'build'], { cwd: root, stdio: 'inherit' })
  const binary = await findTemporalBinary({ env: process.env })
  process.env['TEMPORAL_CLI_PATH'] = binary.path
}
