/** `npm run build:dashboards`: writes the JSON of Grafana's dashboards, made from scripts/dashboards/. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { dashboardFiles } from './dashboards/files.ts'

for (const [path, text] of Object.entries(dashboardFiles())) {
  const target = resolve(import.meta.dirname, '..', path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
  console.log(path)
}
