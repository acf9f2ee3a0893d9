export { createToolRunner } from './create-tool-runner.ts'
export type { ObservedCall, ToolRunnerOptions } from './create-tool-runner.ts'
