import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { userCacheDir } from '../../engine/infra/temporal/binary/cache.ts'

const run = promisify(execFile)

/** Debian's package, which carries both programs and needs no installation. */
const pin = {
  version: '2.42.0+ds-5+deb12u1',
  sha256: '81d59a24fce84f7fbe97a45a4f2914b6a5881b5cd1db2a6a0e129e515e1a5f55',
  platform: 'linux-x64',
} as const

/** Paths of the two programs of a Prometheus distribution. */
export interface PrometheusTools {
  readonly prometheus: string
  readonly promtool: string
}

const help = `Any of these helps:
  - install Prometheus 2.42 or newer, so that "prometheus" and "promtool" are on PATH
  - set PROMETHEUS_DIR to the folder that holds both`

async function inFolder(folder: string): Promise<PrometheusTools | undefined> {
  const tools = { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') }
  const executable = (path: string) => access(path, constants.X_OK)
  return Promise.all([executable(tools.prometheus), executable(tools.promtool)]).then(
    () => tools,
    () => undefined,
  )
}

/** Fetches the pinned package with apt and unpacks it, without installing anything. */
async function fetchPackage(target: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'compozy-prometheus-'))
  try {
    const download = () => run('apt-get', ['download', '-q', `prometheus=${pin.version}`], { cwd: work })
    // A fresh machine knows no packages yet; only root may ask for the list.
    await download().catch(() => run('apt-get', ['update', '-q']).then(download))
    const name = (await readdir(work)).find((file) => file.endsWith('.deb'))
    if (name === undefined) throw new Error('apt-get brought no package')
    const sha256 = createHash('sha256')
      .update(await readFile(join(work, name)))
      .digest('hex')
    if (sha256 !== pin.sha256)
      throw new Error(`the package has sha256 ${sha256}, which is not the pinned one`)
    await run('dpkg', ['-x', join(work, name), join(work, 'unpacked')])
    await mkdir(join(target, '..'), { recursive: true })
    await run('cp', ['-r', join(work, 'unpacked/usr/bin'), `${target}.${process.pid}`])
    // Whoever comes second finds the folder in place; both hold the same.
    await rename(`${target}.${process.pid}`, target).catch(() =>
      rm(`${target}.${process.pid}`, { recursive: true }),
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * Prometheus and promtool for tests: PROMETHEUS_DIR, then PATH, then the user's cache; else Debian's package, pinned, put
 * into the cache. Throws an error that tells how to get them.
 */
export async function findPrometheus({
  env,
}: {
  readonly env: Readonly<Record<string, string | undefined>>
}): Promise<PrometheusTools> {
  const named = env['PROMETHEUS_DIR']
  if (named) {
    const tools = await inFolder(named)
    if (tools !== undefined) return tools
    throw new Error(`PROMETHEUS_DIR=${named} does not hold prometheus and promtool`)
  }
  const cached = join(userCacheDir(env), `prometheus-${pin.version}`)
  for (const folder of [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), cached]) {
    const tools = await inFolder(folder)
    if (tools !== undefined) return tools
  }
  try {
    if (`${process.platform}-${process.arch}` !== pin.platform)
      throw new Error(`the pinned package is for ${pin.platform}`)
    await fetchPackage(cached)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Prometheus could not be fetched: ${reason}\n${help}`, { cause })
  }
  const tools = await inFolder(cached)
  if (tools === undefined) throw new Error(`the fetched package holds no Prometheus\n${help}`)
  return tools
}
