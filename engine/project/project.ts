import type { CustomMetric } from '../core/custom-metric.ts'
import type { Violation } from '../core/errors.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Diagnostic } from '../core/source.ts'
import type { WorkflowIr } from '../definition/workflow-ir.ts'

/** A project as loaded: frozen, every reference resolved, every template checked. */
export interface Project {
  readonly name: string
  readonly version?: string
  readonly description?: string
  /** Absolute folder of compozy.yaml. */
  readonly dir: string
  readonly runtime: ToolRuntime
  /** By id, in the order of the files. */
  readonly workflows: ReadonlyMap<string, Workflow>
  /**
   * Every tool of the project and its workflows by key (`<workflow id>/<tool id>` or `<tool id>`).
   */
  readonly tools: ReadonlyMap<string, Tool>
  /** Metrics declared in YAML, merged by exported name. */
  readonly metrics: readonly CustomMetric[]
  readonly warnings: readonly Diagnostic[]
}

/** `runtime:` of compozy.yaml. */
export interface ToolRuntime {
  /** Deno's `--allow-…` and `--deny-…` flags, checked. */
  readonly permissions: readonly string[]
  readonly toolTimeoutMs: number
  readonly maxToolProcesses: number
  readonly memoryMb: number
  readonly nodeModules: boolean
}

/** One workflow file. */
export interface Workflow {
  readonly id: string
  readonly version?: string
  readonly description?: string
  /** As the user wrote it, relative to the project. */
  readonly file: string
  /** JSON Schema with references resolved; absent means anything is accepted. */
  readonly inputSchema?: JsonObject
  readonly definition: WorkflowIr
  readonly sha256: string
  /** Whole-run limit, ms. */
  readonly timeoutMs?: number
  readonly schedule?: Schedule
  readonly objectives?: Objectives
  readonly triggers: readonly EventTrigger[]
  /**
   * Checks an input and fills in defaults; throws CompozyError `input_invalid` with every
   * violation.
   */
  acceptInput(input: JsonValue): JsonValue
}

/** `objectives:` of a workflow, at least one of them. */
export interface Objectives {
  /** Nineteen of twenty runs take at most this, ms. */
  readonly durationP95Ms?: number
  /** Share of runs that may fail, above 0 and at most 1. */
  readonly failureRatio?: number
  /** A run completes at least this often, ms. */
  readonly everyMs?: number
}

/** `schedule:` of a workflow, checked. */
export interface Schedule {
  readonly cron: string
  readonly timezone: string
  readonly enabled: boolean
  readonly jitterMs: number
  readonly overlapPolicy: 'skip' | 'allow' | 'buffer_one' | 'cancel_other'
  readonly startAt?: string
  readonly endAt?: string
  readonly input: JsonValue
}

/** A workflow's entry in `triggers:`. */
export interface EventTrigger {
  readonly type: 'signal'
  readonly name: string
  readonly schema?: JsonObject
  /** Violations of a payload against `schema`; empty means accepted. */
  check(payload: JsonValue): readonly Violation[]
}

/** One tool, resolved. */
export interface Tool {
  readonly key: string
  readonly id: string
  readonly description?: string
  /** Absolute path of the module. */
  readonly file: string
  /** As in YAML, for messages: `./tools/price.ts`. */
  readonly execute: string
  readonly exportName?: string
  /** sha256 of the module's text. */
  readonly sha256: string
  readonly timeoutMs?: number
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  readonly inputSchema?: JsonObject
  readonly outputSchema?: JsonObject
  checkInput(value: JsonValue): readonly Violation[]
  checkOutput(value: JsonValue): readonly Violation[]
}
