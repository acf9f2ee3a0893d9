import { families } from '../catalogue.ts'
import type { Registry } from '../instruments/registry.ts'

interface SystemOptions {
  readonly build: { readonly version: string; readonly commit: string }
  /** Whether build_info has `go_version`, a label that only Compozy's own queries expect. */
  readonly withGoVersion: boolean
  readonly uptimeSeconds: () => number
}

/** Declares build, runtime and uptime. `uptimeSeconds` must never fall within a process. */
export function systemFamilies(
  registry: Registry,
  { build, withGoVersion, uptimeSeconds }: SystemOptions,
): void {
  const { go_version, ...common } = families.buildInfo.labels
  const labels = { version: build.version, commit_hash: build.commit }
  if (withGoVersion)
    registry.observe(families.buildInfo, () => [
      { labels: { ...labels, go_version: go_version.values[0] }, value: 1 },
    ])
  else registry.observe({ ...families.buildInfo, labels: common }, () => [{ labels, value: 1 }])
  registry.observe(families.uptime, () => [{ labels: {}, value: uptimeSeconds() }])
  registry.observe(families.runtimeInfo, () => [
    { labels: { node_version: process.versions.node }, value: 1 },
  ])
}
