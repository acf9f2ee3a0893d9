import type { Family } from '../../engine/infra/monitoring/public/index.ts'
import { styled, widthOf, type Line } from '../line.ts'
import { formatTable } from '../table.ts'
import { hangText } from '../wrap.ts'

type ListedFamily = Pick<Family, 'name' | 'kind' | 'stability' | 'labels'>

/** Returns the names of a family's labels as text. */
export const labelText = ({ labels }: Pick<Family, 'labels'>): string =>
  Object.keys(labels).join(', ')

/**
 * Formats families as a table. Where a terminal has no room for its rows, each family has its name
 * on one line and the rest below: a label that is cut away can't be read anywhere else.
 */
export function familyLines(families: readonly ListedFamily[], width: number | undefined): Line[] {
  const rows = families.map((each) => [each.name, each.kind, each.stability, labelText(each)])
  const table = formatTable([['FAMILY', 'KIND', 'STABILITY', 'LABELS'], ...rows])
  if (width === undefined || table.every((line) => widthOf(styled(line, false)) <= width))
    return table
  return families.flatMap((each) => {
    const labels = labelText(each)
    const kind = `  ${each.kind}, ${each.stability}${labels === '' ? '' : ': '}`
    return [each.name, ...hangText(kind, labels, width).trimEnd().split('\n')]
  })
}
