import { parseTime } from '../core/time/rfc3339.ts'
import { renderTemplate, TemplateError, textOf, type TemplateIr } from '../template/sandbox.ts'
import { readScalar } from '../schema/read-scalar.ts'
import type { TaskKind, WrittenTask } from './kind.ts'
import { literalOf } from './shared/literal.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'

const fields = {
  duration: { is: 'duration', timer: 'a pause', doc: 'how long' },
  until: { is: 'template', doc: 'a point in time, RFC 3339; one that is past does not pause' },
} as const satisfies Fields

type PauseIr = TaskIr & CompiledFields<typeof fields>

function check({ raw, path, report }: WrittenTask): void {
  const given = [raw['duration'], raw['until']].filter((value) => (value ?? null) !== null)
  if (given.length !== 1)
    report.error(
      path,
      given.length === 0 ? 'this pause has no end' : 'both "duration" and "until"',
      { hint: 'exactly one of duration: 5m and until: 2026-01-31T09:00:00Z' },
    )
  const until = literalOf(raw['until'])
  if (until !== undefined) readScalar({ is: 'time', doc: '' }, until, [...path, 'until'], report)
}

function* run({ duration = 0, until }: PauseIr, context: TaskContext): Steps<TaskResult> {
  const ms = until === undefined ? duration : timeOf(until, context) - context.now()
  if (ms > 0) yield* context.pause(ms)
  return { output: null }
}

function timeOf(until: TemplateIr, context: TaskContext): number {
  const text = textOf(renderTemplate(until, context.scope()))
  const time = parseTime(text)
  if (time !== undefined) return time
  const hint = 'a time such as 2026-01-31T10:30:00Z'
  throw new TemplateError(`until must give ${hint}, not ${JSON.stringify(text)}`, until.place)
}

/** Waits for a time, durably. */
export const pause = {
  name: 'pause',
  doc: 'Pauses durably.',
  fields,
  allows: { condition: true, retry: false },
  check,
  run,
} as const satisfies TaskKind
