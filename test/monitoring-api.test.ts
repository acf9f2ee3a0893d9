import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { monitoringApiPage, monitoringApiPath } from '../scripts/monitoring-api-page.ts'

const committed = readFileSync(resolve(import.meta.dirname, '..', monitoringApiPath), 'utf8')

it('Should have a current report of what the library exports (else: npm run docs:api)', () => {
  expect(monitoringApiPage()).toBe(committed)
})

it('Should name the exported function, its options and what they mention', () => {
  for (const declared of [
    'export declare function createMonitoring(options: MonitoringOptions): Promise<Monitoring>;',
    'export interface MonitoringOptions ',
    'export interface WorkerCounts ',
    'export declare const interceptors: WorkflowInterceptorsFactory;',
  ])
    expect(committed).toContain(declared)
})
