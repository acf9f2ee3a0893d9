import type { Family } from './family.ts'

/** The two core families of the process. */
export const coreSystem = {
  buildInfo: {
    name: 'compozy_build_info',
    kind: 'gauge',
    help: 'Build information, always 1.',
    detail: '`go_version` is `none`, so that queries written for the Go version keep working.',
    labels: {
      version: { bound: 'one value a process', checked: true, doc: 'version of the package' },
      commit_hash: {
        bound: 'one value a process',
        checked: true,
        doc: 'commit of the build; `unknown` without git',
      },
      go_version: { values: ['none'], doc: 'always `none`' },
    },
    example: 'count by (version, commit_hash) (compozy_build_info)',
    stability: 'core',
  },
  uptime: {
    name: 'compozy_uptime_seconds_total',
    kind: 'counter',
    unit: 'seconds',
    help: 'Total seconds since the process started.',
    detail: 'Measured by a monotonic clock.',
    labels: {},
    example: 'resets(compozy_uptime_seconds_total[30m])',
    stability: 'core',
  },
} as const satisfies Record<string, Family>

const { go_version: _goVersion, ...commonLabels } = coreSystem.buildInfo.labels

/** Build information of an application: only queries for Compozy's Go version read `go_version`. */
export const applicationBuildInfo = {
  ...coreSystem.buildInfo,
  labels: commonLabels,
} as const satisfies Family

/** Process families beyond the core that cost nothing. */
export const extraSystem = {
  draining: {
    name: 'compozy_draining',
    kind: 'gauge',
    help: 'Whether the process is shutting down, 1 or 0.',
    detail: 'While it drains, its workers finish their tasks and poll no more.',
    labels: {},
    example:
      'compozy_temporal_workers_running_total unless on (job, instance) compozy_draining == 1',
    stability: 'stable',
  },
  runtimeInfo: {
    name: 'compozy_runtime_info',
    kind: 'gauge',
    help: 'Node.js version, always 1.',
    labels: {
      node_version: {
        bound: 'one value a process',
        checked: true,
        doc: 'Node.js version without the `v`',
      },
    },
    example: 'count by (node_version) (compozy_runtime_info)',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
