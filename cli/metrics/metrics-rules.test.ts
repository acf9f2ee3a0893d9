import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { sampleRules } from '../../scripts/prometheus-rule.ts'
import { parseQuery } from '../../test/support/promql.ts'
import { run } from '../testing/run.ts'

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert?: string; expr: string }[] }[]
}

function projectWith(monitoring: string, workflow = ''): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-rules-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(
    join(dir, 'compozy.yaml'),
    `name: shop\nworkflows: [{source: ./w.yaml}]\nmonitoring: ${monitoring}\n`,
  )
  writeFileSync(
    join(dir, 'w.yaml'),
    `id: main\n${workflow}tasks: [{id: a, type: pause, duration: 1s}]\n`,
  )
  return dir
}

it("Should print rules whose bounds are the project's own buckets", async () => {
  const dir = projectWith('{buckets: {compozy_http_request_duration_seconds: [0.1, 0.5]}}')
  const { code, stdout } = await run(['metrics', 'rules', '--cwd', dir])
  expect(code).toBe(0)
  const { groups } = parse(stdout) as Rules
  const latency = groups
    .flatMap(({ rules }) => rules)
    .find(({ alert }) => alert === 'CompozyApiLatencyHigh')
  expect(latency?.expr).toContain(String.raw`le=~"0\\.5"`)
})

it('Should turn the objectives of a workflow into alerts, and give none without', async () => {
  const alertsOf = async (workflow: string): Promise<string[]> => {
    const { stdout } = await run(['metrics', 'rules', '--cwd', projectWith('{}', workflow)])
    const { groups } = parse(stdout) as Rules
    return groups
      .flatMap(({ rules }) => rules)
      .flatMap(({ alert = '' }) => (alert.startsWith('CompozyObjective') ? [alert] : []))
      .toSorted()
  }
  expect(await alertsOf('objectives: {duration_p95: 2m, failure_ratio: 1 %, every: 1h}\n')).toEqual(
    [
      'CompozyObjectiveDuration',
      'CompozyObjectiveFailures',
      'CompozyObjectiveFailures',
      'CompozyObjectiveMissed',
    ],
  )
  expect(await alertsOf('')).toEqual([])
})

it.each([
  ['above the largest bucket', '{}', '36h', true],
  ['above the largest bucket of the project', '{buckets: {DURATION: [0.1, 1]}}', '2m', true],
  ['at the largest bucket', '{}', '24h', false],
  ['below a bucket of the project', '{buckets: {DURATION: [0.1, 172800]}}', '36h', false],
  ['above the buckets, with native histograms', '{histograms: native}', '36h', false],
])('Should warn of an objective %s: %s, %s', async (_, monitoring, objective, warns) => {
  const duration = 'compozy_temporal_workflow_duration_seconds'
  const dir = projectWith(
    monitoring.replace('DURATION', duration),
    `objectives: {duration_p95: ${objective}}\n`,
  )
  const { code, stdout, stderr } = await run(['metrics', 'rules', '--cwd', dir])
  expect([code, stdout]).toEqual([0, expect.stringContaining('alert: CompozyObjectiveDuration')])
  const warning = `w.yaml:2:28: warning: the objective duration_p95: ${objective} of main is above`
  expect(stderr.includes(warning)).toBe(warns)
  expect(stderr.match(/is above the largest bucket/g)?.length).toBe(warns ? 1 : undefined)
  const validated = await run(['validate', '--cwd', dir])
  expect([validated.code, validated.stdout]).toEqual([0, expect.stringContaining('all good')])
  expect(validated.stderr).toBe(stderr)
})

it('Should show a program the place of an objective that is too large, and the bound to add', async () => {
  const workflow = (objective: string) => `objectives: {duration_p95: ${objective}}\n`
  const warningsOf = async (command: readonly string[], objective: string) => {
    const dir = projectWith('{}', workflow(objective))
    const { stdout } = await run([...command, '--json', '--cwd', dir])
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    return events.filter(({ event }) => event === 'diagnostic')
  }
  for (const command of [['validate'], ['metrics', 'rules']]) {
    expect(await warningsOf(command, '36h')).toEqual([
      {
        event: 'diagnostic',
        severity: 'warning',
        file: expect.stringMatching(/w\.yaml$/),
        line: 2,
        column: 28,
        length: 3,
        message: expect.stringContaining('is above the largest bucket of'),
        hint: 'add a bound of at least 129600 to monitoring.buckets',
      },
    ])
    expect(await warningsOf(command, '24h')).toEqual([])
  }
})

it.each([
  ['0 %', 2, ':2:29: error: a failure_ratio of 0 can never be kept'],
  ['0.0%', 2, ':2:29: error: a failure_ratio of 0 can never be kept'],
  ['100 %', 2, ':2:29: error: a failure_ratio of 100 % can never be missed'],
  ['100.00%', 2, ':2:29: error: a failure_ratio of 100 % can never be missed'],
  ['99.9 %', 0, ''],
  ['0.1 %', 0, ''],
])('Should have an objective that can be kept and missed: %s', async (ratio, exit, message) => {
  const dir = projectWith('{}', `objectives: {failure_ratio: ${ratio}}\n`)
  for (const command of [['validate'], ['metrics', 'rules']]) {
    const { code, stderr } = await run([...command, '--cwd', dir])
    expect([code, stderr.includes('error')]).toEqual([exit, exit === 2])
    expect(stderr).toContain(message)
  }
})

it('Should write the sample that promtool tests for the objectives of the documentation', async () => {
  const dir = projectWith('{}', 'objectives: {duration_p95: 2m, failure_ratio: 1 %, every: 1h}\n')
  const { stdout } = await run(['metrics', 'rules', '--cwd', dir])
  const written = (parse(stdout.replaceAll('"main"', '"order"')) as Rules).groups.slice(-2)
  expect(written).toEqual(sampleRules().groups)
})

it('Should print rules for another scrape job, and none of compozy', async () => {
  const dir = projectWith('{}', 'objectives: {duration_p95: 2m, failure_ratio: 1 %, every: 1h}\n')
  const printed = async (...args: string[]): Promise<string> =>
    (await run(['metrics', 'rules', '--cwd', dir, ...args])).stdout
  const own = await printed()
  const other = await printed('--job', 'shop-$1')
  expect(own).toContain('job="compozy"')
  expect(other).not.toMatch(/job="compozy"|the job compozy/)
  expect(other.replaceAll('job="shop-$1"', 'job="compozy"')).toBe(
    own.replaceAll('the job compozy', 'the job shop-$1'),
  )
})

it('Should rename the metrics for a prefix, and not its job', async () => {
  const { stdout } = await run(['metrics', 'rules', '--prefix', 'shop', '--job', 'compozy_shop'])
  expect(stdout).toContain('shop_uptime_seconds_total{job="compozy_shop"}')
  expect(stdout).not.toContain('shop_shop')
})

it('Should select its job in every rule, so that rules of two jobs do not see each other', async () => {
  const dir = projectWith('{}', 'objectives: {duration_p95: 2m, failure_ratio: 1 %, every: 1h}\n')
  const { stdout } = await run(['metrics', 'rules', '--cwd', dir, '--job', 'web'])
  const { groups } = parse(stdout) as Rules
  const unselected = groups
    .flatMap(({ rules }) => rules)
    .flatMap(({ expr }) => parseQuery(expr).selectors)
    .filter(
      ({ matchers }) => !matchers.some(({ label, value }) => label === 'job' && value === 'web'),
    )
  expect(unselected.map(({ text }) => text)).toEqual([])
})

it.each([
  ['the job that --job names', ['--job', 'shop'], { text: ['shop'], value: ['shop'] }],
  ['all jobs without it', [], { text: 'All', value: '$__all' }],
  ['the job of a prefix', ['--prefix', 'web', '--job', 'a'], { text: ['a'], value: ['a'] }],
  [
    'a job named like the metrics of compozy',
    ['--prefix', 'shop', '--job', 'compozy_shop'],
    { text: ['compozy_shop'], value: ['compozy_shop'] },
  ],
])('Should print a dashboard that opens with %s', async (_, flags, current) => {
  const { code, stdout } = await run(['metrics', 'dashboard', 'overview', ...flags])
  expect(code).toBe(0)
  const { templating } = JSON.parse(stdout) as {
    templating: { list: { name: string; current?: unknown }[] }
  }
  expect(templating.list.find(({ name }) => name === 'job')).toMatchObject({ current })
})

it('Should exit with 2 for a project that does not load', async () => {
  const dir = projectWith('{buckets: {compozy_http_request_duration_seconds: [1, 1]}}')
  const { code, stderr } = await run(['metrics', 'rules', '--cwd', dir])
  expect(code).toBe(2)
  expect(stderr).toContain('bounds must be finite and rise strictly')
})
