import { monitoringDefaults, type MonitoringConfig } from '../config.ts'
import type { MonitoringService, ServiceOptions } from '../index.ts'
import { createMonitoringService } from '../index.ts'
import { silentLogger } from '../../../core/logger.ts'

/** The settings' defaults, with monitoring enabled. */
export const testConfig: MonitoringConfig = { ...monitoringDefaults, enabled: true }

/** An enabled service for a test, with two workflow types. */
export function createTestMonitoring(
  options: Partial<ServiceOptions> = {},
): Promise<MonitoringService> {
  return createMonitoringService({
    config: testConfig,
    build: { version: '1.2.3', commit: 'abc' },
    workflows: [
      { id: 'order', taskTypes: ['basic', 'collection'] },
      { id: 'refund', taskTypes: ['basic'] },
    ],
    tools: ['price'],
    logger: silentLogger,
    ...options,
  })
}
