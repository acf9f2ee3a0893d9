import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { ruleFiles } from '../support/rules.ts'

const run = promisify(execFile)
const folder = resolve(import.meta.dirname, '../../deploy/prometheus')
const configs = readdirSync(folder).filter((name) => name.endsWith('.yml'))

describe('configuration of Prometheus', () => {
  let promtool: string
  beforeAll(async () => {
    promtool = (await findPrometheus({ env: process.env })).promtool
  }, 120_000)

  it.each(configs)('Should be accepted with all rules: %s', async (name) => {
    const copy = mkdtempSync(join(tmpdir(), 'compozy-prometheus-'))
    onTestFinished(() => rmSync(copy, { recursive: true }))
    cpSync(folder, copy, { recursive: true })
    // promtool looks for the token's file.
    const token = join(copy, 'token')
    writeFileSync(token, 'secret')
    const text = readFileSync(join(copy, name), 'utf8')
      .replace('/etc/prometheus/compozy-metrics-token', token)
      // Debian builds without Kubernetes. What follows the discovery is checked here and tried in
      // test/e2e.
      .replace(
        'kubernetes_sd_configs:\n      - role: pod',
        "file_sd_configs:\n      - files: ['pods.json']",
      )
    writeFileSync(join(copy, name), text)
    const { stdout } = await run(promtool, ['check', 'config', join(copy, name)])
    expect(stdout).toContain(`SUCCESS: ${ruleFiles.length} rule files found`)
  })

  it.each(configs)('Should call the job as the rules do: %s', (name) => {
    const { scrape_configs: jobs } = parse(readFileSync(join(folder, name), 'utf8')) as {
      scrape_configs: { job_name: string }[]
    }
    expect(jobs.map(({ job_name: job }) => job)).toEqual(['compozy'])
  })
})
