import type { WorkflowFile } from '../compiler/compile-workflow.ts'
import { defined } from '../core/defined.ts'
import type { Objectives } from './project.ts'

/** Reads `objectives:` of a workflow; what can't be an objective is reported and left out. */
export function readObjectives({ values, report }: WorkflowFile): Objectives | undefined {
  const { objectives } = values
  if (objectives === undefined) return undefined
  const { duration_p95: durationP95Ms, failure_ratio: ratio, every: everyMs } = objectives
  if (Object.keys(objectives).length === 0)
    report.error(['objectives'], 'the objectives are empty', {
      hint: 'allowed: duration_p95: 2m, failure_ratio: 1 %, every: 1h',
    })
  if (ratio !== undefined && Number.parseFloat(ratio) === 0)
    report.error(['objectives', 'failure_ratio'], 'a failure_ratio of 0 can never be kept', {
      hint: 'write the share of runs that may fail, such as 0.1 %',
    })
  if (ratio !== undefined && Number.parseFloat(ratio) >= 100)
    report.error(['objectives', 'failure_ratio'], 'a failure_ratio of 100 % can never be missed', {
      hint: 'write the share of runs that may fail, below 100 %, or leave it out',
    })
  const failureRatio = ratio === undefined ? undefined : Number.parseFloat(ratio) / 100
  return defined({ durationP95Ms, failureRatio, everyMs })
}
