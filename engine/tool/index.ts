export type { CallObservation, ToolRunnerOptions } from './create-tool-runner.ts'
export type { Endpoint } from './deno/own-endpoints.ts'
export { createReplaceableRunner } from './replaceable-runner.ts'
export { createToolRunner } from './create-tool-runner.ts'
