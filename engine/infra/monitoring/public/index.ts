/**
 * `compozy/monitoring`: exact Prometheus metrics for a Fastify server and Temporal workers. The
 * engine enters by this door too, and by `sandbox.ts` and `config.ts`. What is exported here
 * follows semver; see docs/reference/monitoring-api.md.
 */
export { CompozyError, type ErrorCode } from '../../../core/errors.ts'
export type { CustomMetric } from '../../../core/custom-metric.ts'
export type { Observation } from '../../../core/observation.ts'
export type { LogFields, Logger } from '../../../core/logger.ts'
export type { ServerTruth } from '../reconcile/server-truth.ts'
export { allFamilies, type Family, type Label } from '../catalogue.ts'
export type { Counter, CustomMetrics, Gauge, Histogram } from '../custom-metrics.ts'
export type { ScrapeRequest } from '../exposition/exposition.ts'
export type { ScrapeReply } from '../exposition/scrape-reply.ts'
export type { Format, TextFormat } from '../exposition/format.ts'
export type { ToolCallRecord } from '../families/task.ts'
export type { WorkerCounts } from '../families/temporal.ts'
export type { Finding } from '../lint/findings.ts'
export { lintExposition, type LintOptions } from '../lint/lint.ts'
export { parseExposition, type ParseFailure } from '../lint/parse.ts'
export { isProtobuf, parseProtobuf, type ProtobufFailure } from '../lint/parse-protobuf.ts'
export { pollMetrics, type SdkUpdate } from '../adapters/sdk-metrics.ts'
export { libraryRules, withPrefix, type LibraryRuleOptions } from '../rules/library-rules.ts'
export { objectiveWarnings, type ObjectiveWarning } from '../rules/objectives.ts'
export { ruleFiles } from '../rules/rules.ts'
export { createMonitoring, type Monitoring, type TemporalMonitoring } from './create-monitoring.ts'
export type { Feature, InterpreterOptions, MonitoringOptions } from './options.ts'
export type { MonitoredWorker } from './workers.ts'
