import type { Family } from './family.ts'

/** The PRD's two families of the process itself. */
export const requiredSystem = {
  buildInfo: {
    name: 'compozy_build_info',
    kind: 'gauge',
    help: 'Always 1; its labels say which build runs. go_version is "none", kept for queries of the Go version.',
    labels: {
      version: { bound: 'one value a process', checked: true, doc: 'version of the package' },
      commit_hash: {
        bound: 'one value a process',
        checked: true,
        doc: 'commit that was built; unknown where git was absent',
      },
      go_version: { values: ['none'], doc: 'none: this is not Go' },
    },
    example: 'count by (version, commit_hash) (compozy_build_info)',
    stability: 'required',
  },
  uptime: {
    name: 'compozy_uptime_seconds_total',
    kind: 'counter',
    unit: 'seconds',
    help: 'Seconds since the process started, by a clock that never runs backwards.',
    labels: {},
    example: 'resets(compozy_uptime_seconds_total[30m])',
    stability: 'required',
  },
} as const satisfies Record<string, Family>

/** What else there is to know of the process for nothing. */
export const moreSystem = {
  runtimeInfo: {
    name: 'compozy_runtime_info',
    kind: 'gauge',
    help: 'Always 1; its label says which Node.js runs the process.',
    labels: {
      node_version: {
        bound: 'one value a process',
        checked: true,
        doc: 'version of Node.js, without a v',
      },
    },
    example: 'count by (node_version) (compozy_runtime_info)',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
