import type { Monitoring, MonitoringOptions } from '../index.ts'
import { createMonitoringService } from '../index.ts'
import { silentLogger } from '../../../core/logger.ts'

/** An enabled service for a test, with two workflow types. */
export function createTestMonitoring(options: Partial<MonitoringOptions> = {}): Promise<Monitoring> {
  return createMonitoringService({
    config: { enabled: true, path: '/metrics' },
    build: { version: '1.2.3', commit: 'abc' },
    workflowTypes: ['order', 'refund'],
    logger: silentLogger,
    ...options,
  })
}
