import { reservedLabelValues } from '../core/custom-metric.ts'
import type { Path } from '../core/source.ts'
import type { Report } from '../schema/report.ts'

/** Reports an ID that metrics use as a label value of their own, such as `other`. */
export function reportReservedId(
  id: string | undefined,
  path: Path,
  what: 'workflow' | 'tool',
  report: Report,
): void {
  if (id === undefined || !reservedLabelValues.has(id)) return
  report.error(path, `the ${what} id "${id}" is reserved`, {
    hint: `metrics record everything unknown as "${id}"; choose another id`,
  })
}
