import type { ErrorObject } from 'ajv'
import type { Violation } from '../../../core/errors.ts'
import { jsonPointer } from '../../../core/json-inspection.ts'
import { didYouMean } from '../../../core/nearest.ts'

/** Violations that are reported of one value; the last one counts the rest. */
export const maximumViolations = 20
const maximumMessage = 300
const maximumPointer = 500
const shownChoices = 20
/** A longer key is not a typo of a known one. */
const maximumGuessed = 100

function cut(text: string, length: number): string {
  if (text.length <= length) return text
  // Never between the halves of a surrogate pair.
  return `${text
    .slice(0, length - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}

/** Lists the values of an `enum`, the first ones where it has many. */
function choices(values: readonly unknown[]): string {
  const shown = values.slice(0, shownChoices).map((value) => cut(JSON.stringify(value), 60))
  const more = values.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function describeUnknown(name: string, schema: unknown): string {
  const { properties = {} } = (schema ?? {}) as { properties?: object }
  const known = name.length > maximumGuessed ? [] : Object.keys(properties)
  return `is not a known property${didYouMean(name, known)}`
}

/** Describes one error of Ajv in our words where its own leave out what matters. */
export function toViolation(error: ErrorObject): Violation {
  const { keyword, instancePath, message = 'is not allowed', parentSchema } = error
  const params = error.params as Readonly<Record<string, unknown>>
  const below = (name: string): string => instancePath + jsonPointer([name])
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return { pointer: below(String(params['missingProperty'])), message: 'is required' }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params['additionalProperty'] ?? params['unevaluatedProperty'])
      return { pointer: below(name), message: describeUnknown(name, parentSchema) }
    }
    case 'enum': {
      const values = params['allowedValues'] as readonly unknown[]
      return { pointer: instancePath, message: `must be one of ${choices(values)}` }
    }
    case 'const':
      return { pointer: instancePath, message: `must be ${choices([params['allowedValue']])}` }
    default:
      return { pointer: instancePath, message }
  }
}

/** Returns at most {@link maximumViolations}, each once and short; the last one counts the rest. */
export function toViolations(errors: readonly ErrorObject[], complete: boolean): Violation[] {
  const violations = new Map<string, Violation>()
  for (const error of errors) {
    if (violations.size > maximumViolations) break
    const { pointer, message } = toViolation(error)
    const short = { pointer: cut(pointer, maximumPointer), message: cut(message, maximumMessage) }
    violations.set(`${short.pointer} ${short.message}`, short)
  }
  const all = [...violations.values()]
  if (complete && all.length <= maximumViolations) return all
  const shown = all.slice(0, maximumViolations - 1)
  const rest = errors.length - shown.length
  if (rest <= 0) return all.slice(0, maximumViolations)
  const count = complete ? `${rest}` : `more than ${rest}`
  return [...shown, { pointer: '', message: `has ${count} other violations` }]
}
