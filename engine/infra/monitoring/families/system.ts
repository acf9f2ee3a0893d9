import { families } from '../catalogue.ts'
import type { Registry } from '../instruments/registry.ts'

/** Declares build, runtime and uptime. `uptimeSeconds` must never fall within a process. */
export function systemFamilies(
  registry: Registry,
  {
    build,
    uptimeSeconds,
  }: { build: { version: string; commit: string }; uptimeSeconds: () => number },
): void {
  const labels = { version: build.version, commit_hash: build.commit, go_version: 'none' } as const
  registry.observe(families.buildInfo, () => [{ labels, value: 1 }])
  registry.observe(families.uptime, () => [{ labels: {}, value: uptimeSeconds() }])
  registry.observe(families.runtimeInfo, () => [
    { labels: { node_version: process.versions.node }, value: 1 },
  ])
}
