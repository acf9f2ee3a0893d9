import { availabilityRules } from './availability.ts'
import { httpRules } from './http.ts'
import { toRuleFile, type RuleFile, type RuleOptions } from './rule.ts'
import { objectiveRules } from './objectives.ts'
import { runtimeRules } from './runtime.ts'
import { telemetryRules } from './telemetry.ts'
import { temporalSdkRules } from './temporal-sdk.ts'
import { workerRules } from './workers.ts'
import { workflowRules } from './workflows.ts'

/** Returns the rule files for a configuration, by file name. */
export function ruleFiles(options: RuleOptions): Readonly<Record<string, RuleFile>> {
  const objectives = objectiveRules(options)
  const common = {
    'availability.yml': toRuleFile(availabilityRules),
    'http.yml': toRuleFile(httpRules(options)),
    'runtime.yml': toRuleFile(runtimeRules),
    'telemetry.yml': toRuleFile(telemetryRules),
    'temporal-sdk.yml': toRuleFile(temporalSdkRules(options)),
    'workers.yml': toRuleFile(workerRules),
    'workflows.yml': toRuleFile(workflowRules(options)),
  }
  return objectives.length === 0 ? common : { ...common, 'objectives.yml': toRuleFile(objectives) }
}
