import { coreHttp, extraHttp } from './catalogue/http.ts'
import { processCatalogue } from './catalogue/process.ts'
import { selfCatalogue } from './catalogue/self.ts'
import { coreSystem, extraSystem } from './catalogue/system.ts'
import { taskCatalogue } from './catalogue/task.ts'
import { coreTemporal, extraTemporal } from './catalogue/temporal.ts'
import { sdkFamilies } from './catalogue/temporal-sdk.ts'
import type { Family } from './catalogue/family.ts'

export { otherLabel, type Family, type Label, type LabelsOf } from './catalogue/family.ts'

/** The eleven core metrics: their names, kinds and labels never change. */
export const coreFamilies = {
  ...coreHttp,
  ...coreTemporal,
  ...coreSystem,
} as const satisfies Record<string, Family>

/**
 * Every family once. Instruments and their types, docs/reference/metrics.md, the example in the
 * OpenAPI document, `compozy metrics check` and the tests of a live scrape derive from here.
 */
export const families = {
  ...coreFamilies,
  ...extraHttp,
  ...extraTemporal,
  ...taskCatalogue,
  ...extraSystem,
  ...processCatalogue,
  ...selfCatalogue,
} as const satisfies Record<string, Family>

/** {@link families} and the families of the Temporal SDK. */
export const allFamilies: readonly Family[] = [...Object.values(families), ...sdkFamilies]
