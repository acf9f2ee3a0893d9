import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ruleFiles } from '../../engine/infra/monitoring/rules/rules.ts'
import { startAlertmanager, type AlertLabels, type Alertmanager } from '../support/alertmanager.ts'

const root = resolve(import.meta.dirname, '../..')
const everyObjective = { workflow: 'w', durationP95Ms: 1, failureRatio: 0.01, everyMs: 3_600_000 }
const severities = alertSeverities()
const names = [...severities.keys()]

/** Severities of every alert, those of objectives included; one may have two. */
function alertSeverities(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const groups = Object.values(ruleFiles({ buckets: {}, objectives: [everyObjective] })).flatMap(
    (file) => file.groups,
  )
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    const { alert, labels } = rule as { alert?: string; labels?: { severity: string } }
    if (alert !== undefined) found.set(alert, [...(found.get(alert) ?? []), labels!.severity])
  }
  return found
}

/** What the documentation says: the cause, its consequences, and the labels they share. */
function documented(): { cause: string; consequences: string[]; shared: string[] }[] {
  const page = readFileSync(resolve(root, 'docs/operate/alerting.md'), 'utf8')
  const [, table = ''] = /## Which alert silences which\n([^]*?)\n## /.exec(page) ?? []
  const rows = [...table.matchAll(/^\| (`.+?) \| (.+?) \| (.+?) \|$/gm)]
  const quoted = (cell: string): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  return rows.flatMap(([, causes, consequences, shared]) =>
    quoted(causes!).map((cause) => ({
      cause,
      consequences:
        consequences === 'every other alert'
          ? names.filter((name) => name !== cause)
          : quoted(consequences!),
      shared: quoted(shared!),
    })),
  )
}

const labelsOf = (
  alertname: string,
  job: string,
  severity = severities.get(alertname)![0]!,
): AlertLabels => ({
  alertname,
  job,
  severity,
  instance: 'a',
  workflow_type: 'w',
})
const pairs = names.flatMap((cause) =>
  names.filter((name) => name !== cause).map((consequence) => [cause, consequence] as const),
)
/** Each pair fires in a job of its own, so that no third alert silences anything. */
const firing = pairs.flatMap(([cause, consequence]) => {
  const job = `${cause}>${consequence}`
  return [
    labelsOf(cause, job),
    ...severities.get(consequence)!.map((severity) => labelsOf(consequence, job, severity)),
  ]
})

describe('the shipped configuration of Alertmanager', () => {
  let alertmanager: Alertmanager
  beforeEach(async () => {
    alertmanager = await startAlertmanager(resolve(root, 'deploy/alertmanager/alertmanager.yml'))
  }, 120_000)
  afterEach(() => alertmanager?.stop())

  it('Should silence exactly the consequences that the documentation lists', async () => {
    await alertmanager.fire(firing)
    const { silenced } = await alertmanager.heard()
    const found = new Set(
      silenced.flatMap(({ alertname, job }) => (job!.endsWith(`>${alertname}`) ? job! : [])),
    )
    const expected = documented().flatMap(({ cause, consequences }) =>
      consequences.map((consequence) => `${cause}>${consequence}`),
    )
    expect([...found].toSorted()).toEqual([...new Set(expected)].toSorted())
  })

  it('Should silence a consequence only on the same job, process or workflow', async () => {
    const apart = documented().flatMap(({ cause, consequences, shared }) =>
      consequences.flatMap((name) =>
        shared.map((label) => {
          const labels = labelsOf(cause, `${name} of another ${label} than ${cause}`)
          const other = {
            ...labels,
            ...labelsOf(name, labels['job']!),
            [label]: `not ${labels['job']}`,
          }
          return { cause: labels, other: { ...other, case: labels['job']! } }
        }),
      ),
    )
    await alertmanager.fire(apart.flatMap(({ cause, other }) => [cause, other]))
    const { loud, silenced } = await alertmanager.heard()
    const others = (found: readonly AlertLabels[]): string[] =>
      found.flatMap((labels) => labels['case'] ?? [])
    expect(apart.length).toBeGreaterThan(50)
    expect(others(silenced)).toEqual([])
    expect(others(loud)).toHaveLength(apart.length)
  })

  it('Should never silence a page by a ticket', async () => {
    await alertmanager.fire(firing)
    const { silenced } = await alertmanager.heard()
    const pages = silenced.filter(({ severity }) => severity === 'page')
    expect(pages.length).toBeGreaterThan(0)
    for (const { job } of pages.filter(({ alertname, job }) => job!.endsWith(`>${alertname}`)))
      expect(severities.get(job!.split('>')[0]!)).toContain('page')
  })

  it('Should send pages to the receiver of pages, and tickets to the other', async () => {
    await alertmanager.fire(firing)
    const routed = await alertmanager.receivers()
    expect(routed.length).toBeGreaterThan(names.length)
    for (const { severity, receivers } of routed) expect(receivers).toEqual([severity])
  })
})
