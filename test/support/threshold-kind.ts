import type { CompiledFields } from '../../engine/kinds/shared/compiled-fields.ts'
import type { TaskKind, WrittenTask } from '../../engine/kinds/kind.ts'
import { TaskFailed } from '../../engine/kinds/steps.ts'
import type { TaskContext, TaskResult } from '../../engine/kinds/task-context.ts'
import type { TaskIr } from '../../engine/definition/task-ir.ts'
import type { Fields } from '../../engine/schema/field.ts'
import { renderTree } from '../../engine/template/sandbox.ts'

const fields = {
  value: { is: 'tree', required: true, doc: 'the number to compare' },
  limit: { is: 'integer', required: true, min: 0, max: 1_000_000, doc: 'the largest good number' },
  above: { is: 'next', doc: 'the task for a larger number; without it that is an error' },
} as const satisfies Fields

type ThresholdIr = TaskIr & CompiledFields<typeof fields>

function check({ raw, path, report }: WrittenTask): void {
  if (raw['above'] !== undefined && raw['above'] === raw['id'])
    report.error([...path, 'above'], "a threshold can't send to itself", {
      hint: 'name another task',
    })
}

function run({ value, limit, above }: ThresholdIr, context: TaskContext): TaskResult {
  const number = renderTree(value, context.scope())
  if (typeof number === 'number' && number <= limit) return { output: { number, limit } }
  if (above !== undefined) return { output: { number, limit }, next: above }
  const message = `${JSON.stringify(number)} is above the limit of ${limit}`
  throw new TaskFailed({ type: 'ToolError:AboveLimit', message })
}

/** Compares a number with a limit. */
export const threshold = {
  name: 'threshold',
  doc: 'Compares a number with a limit.',
  fields,
  allows: { condition: true, retry: false },
  check,
  run,
} as const satisfies TaskKind
