export { createToolRunner } from './create-tool-runner.ts'
export type { ObservedCall, ToolOutcome, ToolRunnerOptions } from './create-tool-runner.ts'
export { findDeno } from './deno-binary.ts'
export type { ToolCall, ToolContext, ToolModule, ToolResult, ToolRunner } from './runner.ts'
