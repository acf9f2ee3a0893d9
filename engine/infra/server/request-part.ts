import type { z } from 'zod'
import { CompozyError, type Violation } from '../../core/errors.ts'
import { jsonPointer } from '../../core/json-pointer.ts'
import { summarizeViolations } from '../../core/violations.ts'
import { explainIssue, type PartSchema } from './explain-issue.ts'
import { inlineSchema } from './operation.ts'

/** Violations of a request that are listed. */
const maximumViolations = 20

/** Names the parts of a request; the first step of a violation's pointer. */
export type PartName = 'path' | 'query' | 'body' | 'headers'

function violationsOf(part: PartName, raw: unknown, schema: PartSchema, error: z.ZodError) {
  return error.issues.slice(0, maximumViolations).map((issue): Violation => {
    const pointer = jsonPointer([part, ...issue.path.map(String)])
    return { pointer, message: explainIssue(issue, { part, raw, schema }) }
  })
}

/**
 * Creates the parser of one part of a request. It throws CompozyError `input_invalid` with every
 * violation.
 */
export function createPartParser<T>(
  part: PartName,
  schema: z.ZodType<T> | undefined,
): (raw: unknown) => T {
  if (schema === undefined) return () => undefined as T
  let known: PartSchema | undefined
  return (raw) => {
    const parsed = schema.safeParse(raw)
    if (parsed.success) return parsed.data
    known ??= inlineSchema(schema, 'input')
    const violations = violationsOf(part, raw, known, parsed.error)
    const summary = summarizeViolations(violations, part, ': ')
    throw new CompozyError('input_invalid', `invalid ${part}: ${summary}`, { violations })
  }
}
