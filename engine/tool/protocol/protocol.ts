import { z } from 'zod'
import { labelValueCharacters, type ToolObservation } from '../../core/custom-metric.ts'
import type { JsonValue } from '../../core/json.ts'
import { logStreams } from '../../run-logs.ts'
import { customMetricTypes } from '../../core/observation.ts'
import { errorLimits, toolLimits } from '../limits.ts'
import { type LineRefusal, parseLineJson } from './line-json.ts'

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const callId = z.number().int().positive()
const flag = z.boolean()
const shortText = z.string().max(1_000)
const metricText = z.string().max(labelValueCharacters)

const thrownError = z.strictObject({
  name: z.string().max(errorLimits.nameCharacters),
  message: z.string().max(errorLimits.messageCharacters),
  stack: z.string().max(errorLimits.stackCharacters),
  cut: count,
  denied: flag,
  imported: flag,
  code: z.string().max(100),
  get cause(): z.ZodNullable<typeof thrownError> {
    return z.nullable(thrownError)
  },
  get errors(): z.ZodArray<typeof thrownError> {
    return z.array(thrownError).max(errorLimits.aggregateErrors)
  },
})

const line = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('log'),
    stream: z.enum(logStreams),
    call: callId.nullable(),
    cut: count,
    text: z.string().max(toolLimits.consoleCharacters),
  }),
  z.strictObject({
    type: z.literal('metric'),
    call: callId,
    kind: z.enum(customMetricTypes),
    name: metricText,
    value: z.number().nullable(),
    labels: z.record(metricText, metricText),
  }),
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('load_failed'), error: thrownError }),
  z.strictObject({
    type: z.literal('export_missing'),
    exports: z.array(z.string().max(100)).max(toolLimits.exports),
    count,
  }),
  z.strictObject({ type: z.literal('stranded'), id: callId.optional() }),
  z.strictObject({ type: z.literal('returned'), id: callId, output: z.custom<JsonValue>() }),
  z.strictObject({ type: z.literal('threw'), id: callId, error: thrownError }),
  z.strictObject({
    type: z.literal('unusable'),
    id: callId,
    pointer: shortText,
    problem: z.string().max(2_000),
  }),
  z.strictObject({ type: z.literal('too_large'), id: callId, bytes: count, exact: flag }),
])

/** One line of a tool's process: an entry for the log, or a reply. */
export type ToolLine = z.infer<typeof line>

/** One entry that a tool prints. */
export type LogEntry = Extract<ToolLine, { type: 'log' }>

/** One observation that a tool records. */
export type MetricEntry = Extract<ToolLine, { type: 'metric' }>

/**
 * What a process says about a call (with its `id`), or about loading the tool. `stranded`: the tool
 * waits for something that nothing is left to bring about.
 */
export type ToolReply = Exclude<ToolLine, LogEntry | MetricEntry> & {
  /** What the tool recorded during the call, in order. */
  readonly observations?: readonly ToolObservation[]
}

/** Characters of a line around its output. */
const frameCharacters = 200

/**
 * Parses one line of a tool's process. Whoever wrote it, the sandbox or the tool, it must fit the
 * protocol and its bounds; `undefined` if it does not. An output that is too large, or that JSON
 * cannot hold exactly, becomes the reply that says so.
 */
export function parseToolLine(json: string, outputLimitBytes: number): ToolLine | undefined {
  // The output lies one level inside the line.
  const parsed = parseLineJson(json, toolLimits.depth + 1)
  if ('refusal' in parsed) return refusedOutput(json, parsed.refusal)
  const checked = line.safeParse(parsed.value)
  if (!checked.success) return undefined
  const { data } = checked
  if (data.type !== 'returned' || 3 * json.length <= outputLimitBytes) return data
  const bytes = Buffer.byteLength(json)
  return bytes <= outputLimitBytes + frameCharacters
    ? data
    : { type: 'too_large', id: data.id, bytes, exact: true }
}

/** Returns the reply for a line whose output is refused; undefined if the fault lies elsewhere. */
function refusedOutput(json: string, refusal: LineRefusal): ToolReply | undefined {
  const id = /^\{"id":([1-9]\d{0,14}),"type":"returned",/.exec(json)?.[1]
  if (id === undefined || refusal === 'invalid') return undefined
  const reply = { type: 'unusable' as const, id: Number(id) }
  if (refusal === 'too deep') {
    const problem = `is nested too deep; at most ${toolLimits.depth} levels are allowed`
    return { ...reply, pointer: '', problem }
  }
  const { pointer, message } = refusal
  if (!pointer.startsWith('/output')) return undefined
  const inside = pointer.slice('/output'.length, 1_000)
  return { ...reply, pointer: inside, problem: message }
}
