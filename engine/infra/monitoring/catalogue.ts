import { moreHttp, requiredHttp } from './catalogue/http.ts'
import { processCatalogue } from './catalogue/process.ts'
import { selfFamilies } from './catalogue/self.ts'
import { moreSystem, requiredSystem } from './catalogue/system.ts'
import { taskFamilies } from './catalogue/task.ts'
import { moreTemporal, requiredTemporal } from './catalogue/temporal.ts'
import { sdkFamilies } from './catalogue/temporal-sdk.ts'
import type { Family } from './catalogue/family.ts'

export { otherLabel, type Family, type Label, type LabelsOf } from './catalogue/family.ts'

/** The PRD's appendix: names, kinds and labels never change. */
export const requiredFamilies = {
  ...requiredHttp,
  ...requiredTemporal,
  ...requiredSystem,
} as const satisfies Record<string, Family>

/**
 * Every family once. Instruments and their types, docs/reference/metrics.md, the example in the OpenAPI document, the
 * linter of `compozy metrics check` and the tests of a live scrape all derive from here.
 */
export const families = {
  ...requiredFamilies,
  ...moreHttp,
  ...moreTemporal,
  ...taskFamilies,
  ...moreSystem,
  ...processCatalogue,
  ...selfFamilies,
} as const satisfies Record<string, Family>

/** {@link families} and those of Temporal's SDK, which come from a table and have no types of their own. */
export const allFamilies: readonly Family[] = [...Object.values(families), ...sdkFamilies]
