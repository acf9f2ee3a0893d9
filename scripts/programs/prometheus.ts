import { delimiter, join } from 'node:path'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { fetchDebianPackage } from './debian-package.ts'
import { isExecutable, type Env } from './on-path.ts'

/** Debian's package carries both programs. */
const pin = {
  name: 'prometheus',
  version: '2.42.0+ds-5+deb12u1',
  sha256: '81d59a24fce84f7fbe97a45a4f2914b6a5881b5cd1db2a6a0e129e515e1a5f55',
} as const

/** Paths of the two programs of a Prometheus distribution. */
export interface PrometheusTools {
  readonly prometheus: string
  readonly promtool: string
}

const help = `Either of these helps:
  - install Prometheus 2.42 or newer, so that "prometheus" and "promtool" are on PATH
  - set PROMETHEUS_DIR to the folder that holds both`

/** Returns the two programs of a folder, or undefined when one is missing. */
export async function inFolder(folder: string): Promise<PrometheusTools | undefined> {
  const tools = { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') }
  const both = await Promise.all(Object.values(tools).map(isExecutable))
  return both.includes(false) ? undefined : tools
}

/**
 * Returns Prometheus and promtool: PROMETHEUS_DIR, then PATH, then the user's cache; else fetches
 * Debian's pinned package into the cache. Throws an error that says how to get them.
 */
export async function findPrometheus({ env }: { readonly env: Env }): Promise<PrometheusTools> {
  const named = env['PROMETHEUS_DIR']
  if (named) {
    const tools = await inFolder(named)
    if (tools !== undefined) return tools
    throw new Error(`PROMETHEUS_DIR=${named} does not hold both prometheus and promtool`)
  }
  const cached = join(userCacheDir(env), `prometheus-${pin.version}`)
  for (const folder of [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), cached]) {
    const tools = await inFolder(folder)
    if (tools !== undefined) return tools
  }
  try {
    await fetchDebianPackage({ ...pin, folder: 'usr/bin' }, cached)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Prometheus cannot be fetched: ${reason}\n${help}`, { cause })
  }
  const tools = await inFolder(cached)
  if (tools === undefined) throw new Error(`the fetched package holds no Prometheus\n${help}`)
  return tools
}
