/** `npm run docs:api`: writes docs/reference/monitoring-api.md. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { monitoringApiPage, monitoringApiPath } from './monitoring-api-page.ts'

writeFileSync(resolve(import.meta.dirname, '..', monitoringApiPath), monitoringApiPage())
