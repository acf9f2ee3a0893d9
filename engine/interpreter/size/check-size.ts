import type { JsonObject, JsonValue } from '../../core/json.ts'
import { JsonSizes } from '../../core/size/json-sizes.ts'
import { bytesOver, bytesText, jsonBytes, limits } from '../../core/limits.ts'
import type { LimitName } from '../../core/observation.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { CarriedState, RunStart } from '../../definition/workflow-ir.ts'
import type { TreeIr } from '../../template/sandbox.ts'
import { TaskFailed } from '../../kinds/steps.ts'

/** What is too large, in a message: `input of tool "resize"`. */
export interface SizedThing {
  readonly thing: string
  readonly value: JsonValue
  /** Where the YAML sends it. */
  readonly place: string
}

/** Returns the error of a value that Temporal would not take, or undefined for one that fits. */
export function sizeError(
  { thing, value, place }: SizedThing,
  limit: number = limits.payloadBytes,
): TaskError | undefined {
  const bytes = bytesOver(value, limit)
  return bytes === undefined ? undefined : limitExceeded({ thing, bytes, limit, place })
}

/** Returns the error of something that exceeds a limit in bytes. */
export function limitExceeded(excess: {
  readonly thing: string
  readonly bytes: number
  readonly limit: number
  readonly place: string
}): TaskError {
  const { thing, bytes, limit, place } = excess
  const size = Number.isFinite(bytes) ? bytesText(bytes) : 'nested too deep'
  const message = `${place}: ${thing} is ${size}; at most ${bytesText(limit)} can be sent`
  const cause: JsonObject = Number.isFinite(bytes)
    ? { thing, bytes, limit, place }
    : { thing, limit, place }
  return { type: 'LimitExceeded', message, cause }
}

/** @throws TaskFailed `LimitExceeded` for a value that Temporal would not take */
export function checkSize(sized: SizedThing, name: LimitName): void {
  const error = sizeError(sized)
  if (error !== undefined) throw new TaskFailed(error, [], name)
}

/**
 * Returns the error of a result that Temporal would not take. `outputs` are those of the workflow.
 */
export function resultSizeError(
  output: JsonValue,
  place: string,
  outputs: TreeIr | undefined,
): TaskError | undefined {
  const [file = place] = place.split(':')
  if (outputs !== undefined)
    return sizeError({ thing: "the workflow's outputs", value: output, place: file })
  return sizeError({ thing: "the run's result", value: output, place })
}

/** Room in a start argument beside its definition, its input and what it carries. */
const startOverheadBytes = 4_096

/**
 * Returns the error of a run that carries more than its next run's start argument can hold. It
 * names the task that holds most.
 */
export function carriedSizeError(start: RunStart, carried: CarriedState): TaskError | undefined {
  const { definition, input } = start
  // The definition is JSON, but its tasks have fields that JsonObject can't type.
  const fixed = jsonBytes(definition as unknown as JsonObject) + jsonBytes(input)
  const limit = Math.min(
    limits.carriedBytes,
    limits.carryingStartBytes - startOverheadBytes - fixed,
  )
  const measured = new JsonSizes()
  const bytes = measured.over(carried, limit)
  if (bytes === undefined) return undefined
  const records = Object.entries(carried['records'] as JsonObject)
  const sizes = records.map(([id, record]) => [id, measured.bytes(record)] as const)
  const [id] = sizes.toSorted(([, a], [, b]) => b - a)[0] ?? ['']
  const place = definition.tasks.find((task) => task.id === id)?.place ?? definition.id
  const thing = `what the run carries when it continues as new (most of it of task "${id}")`
  return { ...limitExceeded({ thing, bytes, limit, place }), task: id }
}
