import { availabilityRules } from './availability.ts'
import { httpRules } from './http.ts'
import { toRuleFile, type RuleFile, type RuleGroup, type RuleOptions } from './rule.ts'
import { objectiveRules } from './objectives.ts'
import { runtimeRules } from './runtime.ts'
import { telemetryRules } from './telemetry.ts'
import { temporalSdkRules } from './temporal-sdk.ts'
import { workerRules } from './workers.ts'
import { workflowRules } from './workflows.ts'

/** Returns the rule files for a configuration, by file name. */
export function ruleFiles(options: RuleOptions): Readonly<Record<string, RuleFile>> {
  const file = (groups: readonly RuleGroup[]): RuleFile => toRuleFile(groups, options)
  const objectives = objectiveRules(options)
  const common = {
    'availability.yml': file(availabilityRules),
    'http.yml': file(httpRules(options)),
    'runtime.yml': file(runtimeRules),
    'telemetry.yml': file(telemetryRules),
    'temporal-sdk.yml': file(temporalSdkRules(options)),
    'workers.yml': file(workerRules),
    'workflows.yml': file(workflowRules(options)),
  }
  return objectives.length === 0 ? common : { ...common, 'objectives.yml': file(objectives) }
}
