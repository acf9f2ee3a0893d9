import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Place, Source } from '../../core/source.ts'
import { compileWorkflow, readWorkflowFile } from '../../compiler/compile-workflow.ts'
import type { WorkflowIr } from '../../definition/workflow-ir.ts'

/** A workflow as its YAML reads, without what every test would repeat. */
export interface TestWorkflow {
  readonly tasks: readonly JsonObject[]
  readonly [key: string]: JsonValue
}

const place: Place = { file: 'test.yaml', line: 1, column: 1, length: 1 }

function toolsIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => toolsIn(item))
  if (!isJsonObject(value)) return []
  const own = typeof value['tool'] === 'string' ? [value['tool']] : []
  return [...own, ...Object.values(value).flatMap(toolsIn)]
}

/**
 * Compiles a workflow by the real compiler; any tool that it names is there. @throws Error with
 * every diagnostic
 */
export function compileTest(
  workflow: TestWorkflow,
  env: Readonly<Record<string, string>> = {},
): WorkflowIr {
  const value = { id: 'test', ...workflow }
  const source: Source = { file: place.file, value, locate: () => place, lineAt: () => '' }
  const { definition, diagnostics } = compileWorkflow(readWorkflowFile(source), {
    project: { name: 'tests' },
    env,
    tools: new Map(toolsIn(value).map((tool) => [tool, {}])),
    toolTimeoutMs: 60_000,
    workflows: ['test', 'child'],
  })
  if (definition !== undefined) return definition
  throw new Error(diagnostics.map(({ message, hint }) => `${message} ${hint ?? ''}`).join('\n'))
}
