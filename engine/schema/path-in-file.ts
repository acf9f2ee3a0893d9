import { pointerSteps } from '../core/json-pointer.ts'
import type { Path } from '../core/source.ts'
import { valueAt, type Report } from './report.ts'

/**
 * Returns the path in the file to where a JSON pointer leads from the value at `path`, or to the
 * nearest value around it that the file has: a reference that was followed ends the path.
 */
export function pathInFile(pointer: string, path: Path, report: Report): Path {
  const result = [...path]
  for (const step of pointerSteps(pointer)) {
    const next = valueAt(report.source, [...result, step])
    if (next === undefined) break
    result.push(Array.isArray(valueAt(report.source, result)) ? Number(step) : step)
  }
  return result
}
