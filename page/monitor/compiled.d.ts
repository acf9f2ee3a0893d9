/** What the build compiles: see page/build. */
declare module 'compozy:compiled' {
  import type { MonitorQueries } from './monitor-queries.ts'

  export const rules: MonitorQueries['rules']
  export const queries: MonitorQueries['queries']
  export const names: MonitorQueries['names']
}
