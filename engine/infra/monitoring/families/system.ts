import { families } from '../catalogue.ts'
import { applicationBuildInfo } from '../catalogue/system.ts'
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
  const labels = { version: build.version, commit_hash: build.commit }
  const [go_version] = families.buildInfo.labels.go_version.values
  if (withGoVersion)
    registry.observe(families.buildInfo, () => [{ labels: { ...labels, go_version }, value: 1 }])
  else registry.observe(applicationBuildInfo, () => [{ labels, value: 1 }])
  registry.observe(families.uptime, () => [{ labels: {}, value: uptimeSeconds() }])
  registry.observe(families.runtimeInfo, () => [
    { labels: { node_version: process.versions.node }, value: 1 },
  ])
}
