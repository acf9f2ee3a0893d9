/**
 * `npm run build:dashboards`: writes what deploy/ holds in a generated form: the JSON of Grafana's
 * dashboards, made from scripts/dashboards/, and the rules as a manifest of the Prometheus
 * operator.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { dashboardFiles } from './dashboards/files.ts'
import { prometheusRule } from './prometheus-rule.ts'

for (const [path, text] of Object.entries({ ...dashboardFiles(), ...prometheusRule() })) {
  const target = resolve(import.meta.dirname, '..', path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
  console.log(path)
}
