import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { defined } from '../../engine/core/defined.ts'

const run = promisify(execFile)

/**
 * Runs apt-get. A new machine has no package lists: after a failure it fetches them and tries once
 * more.
 */
export async function aptGet(args: readonly string[], cwd?: string): Promise<void> {
  const options = defined({
    // Another test may install at the same time.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
    cwd,
  })
  const aptGetOnce = () => run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], options)
  await aptGetOnce().catch(() => run('apt-get', ['-q', 'update'], options).then(aptGetOnce))
}
