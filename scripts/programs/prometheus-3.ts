import { join } from 'node:path'
import { userCacheDir } from '../../engine/infra/temporal/binary/user-cache.ts'
import { goInstall } from './go-program.ts'
import type { Env } from './on-path.ts'
import { inFolder, type PrometheusTools } from './prometheus.ts'

/** Prometheus 3.16, as its Go module numbers it. Go's checksum database verifies it. */
const version = 'v0.316.0'
const packages = ['prometheus', 'promtool'].map(
  (name) => `github.com/prometheus/prometheus/cmd/${name}@${version}`,
)

const help = `Either of these helps:
  - install Go 1.25 or newer, which builds it
  - set PROMETHEUS_3_DIR to the folder that holds prometheus and promtool 3`

/**
 * Returns Prometheus 3 and its promtool: PROMETHEUS_3_DIR, then the user's cache; else builds them
 * into the cache, which takes minutes. Throws an error that says how to get them.
 */
export async function findPrometheus3(env: Env): Promise<PrometheusTools> {
  const named = env['PROMETHEUS_3_DIR']
  const folder = named || join(userCacheDir(env), `prometheus-${version}`)
  const found = await inFolder(folder)
  if (found !== undefined) return found
  if (named)
    throw new Error(`PROMETHEUS_3_DIR=${named} does not hold both prometheus and promtool\n${help}`)
  // Without the tag the module builds in its own repository only.
  await goInstall(packages, folder, ['-tags', 'remove_all_sd']).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Prometheus 3 cannot be built: ${reason}\n${help}`, { cause })
  })
  const built = await inFolder(folder)
  if (built === undefined) throw new Error(`Go built no Prometheus 3\n${help}`)
  return built
}
