import { serverCloseOutcomes } from '../catalogue/temporal.ts'
import { mapOf } from '../families/map-of.ts'
import type { ServerClose } from './server-closes.ts'

/** Number of closes by outcome. */
export type CloseTotals = Readonly<Record<ServerClose['outcome'], number>>

/**
 * Sums closes by workflow, as `nameOf` names it: a mass of closes is of few workflows, and each
 * look-up of a series costs more than a sum.
 */
export function sumCloses(
  closes: readonly ServerClose[],
  nameOf: (workflowType: string) => string,
): ReadonlyMap<string, CloseTotals> {
  const totals = new Map<string, Record<ServerClose['outcome'], number>>()
  for (const { workflowType, outcome } of closes) {
    const name = nameOf(workflowType)
    let total = totals.get(name)
    if (total === undefined) totals.set(name, (total = mapOf(serverCloseOutcomes, () => 0)))
    total[outcome]++
  }
  return totals
}
