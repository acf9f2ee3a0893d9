import type { Path } from '../../../core/source.ts'
import { valueAt, type Report } from '../../../schema/report.ts'

/** As much of a pointer's way as really stands in the file: a followed reference ends it. */
export function pathInFile(pointer: string, path: Path, report: Report): Path {
  const result = [...path]
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const next = valueAt(report.source, [...result, key])
    if (next === undefined) break
    result.push(Array.isArray(valueAt(report.source, result)) ? Number(key) : key)
  }
  return result
}
