import { describe, expect, it } from 'vitest'
import { defined } from '../core/defined.ts'
import { CompozyError } from '../core/errors.ts'
import { integerSetting } from '../core/setting.ts'
import { formatDiagnostic, type Source } from '../core/source.ts'
import { readSource } from '../project/yaml/read-source.ts'
import { listSettings, loadConfig } from './config.ts'
import { readSetting, type Refusals } from './read-settings.ts'

function yaml(text: string): Source {
  const { source, diagnostics } = readSource('compozy.yaml', text)
  expect(diagnostics).toEqual([])
  return source!
}

interface Inputs {
  readonly flags?: Record<string, string>
  readonly env?: Record<string, string>
  readonly text?: string
}

function load({ flags = {}, env = {}, text }: Inputs) {
  return loadConfig(defined({ flags, env, source: text === undefined ? undefined : yaml(text) }))
}

function refusal(inputs: Inputs): string {
  try {
    load(inputs)
  } catch (error) {
    if (error instanceof CompozyError && error.code === 'config_invalid') return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('loadConfig', () => {
  const file = 'server: {port: 3}'
  it.each<[string, Inputs, number]>([
    [
      'a flag before all others',
      { flags: { port: '1' }, env: { COMPOZY_PORT: '2' }, text: file },
      1,
    ],
    ['the environment before compozy.yaml', { env: { COMPOZY_PORT: '2' }, text: file }, 2],
    ['compozy.yaml before the default', { text: file }, 3],
    ['the default when nothing is set', {}, 8080],
    ['compozy.yaml when the variable is empty', { env: { COMPOZY_PORT: '' }, text: file }, 3],
    ['the default when the variable is empty', { env: { COMPOZY_PORT: '' } }, 8080],
    ['the default when the key has no value', { text: 'server: {port: }' }, 8080],
    ['a variable that is 0, which is not empty', { env: { COMPOZY_PORT: '0' }, text: file }, 0],
  ])('Should take %s', (_, inputs, port) => {
    expect(load(inputs).server.port).toBe(port)
  })

  it('Should let the environment disable a switch that compozy.yaml enables', () => {
    const text = 'monitoring: {enabled: true}'
    expect(load({ text }).monitoring.enabled).toBe(true)
    expect(load({ text, env: { MONITORING_ENABLED: 'false' } }).monitoring.enabled).toBe(false)
  })

  it('Should read durations in every source as milliseconds', () => {
    expect(load({ flags: { 'drain-timeout': '1m30s' } }).server.drainTimeout).toBe(90_000)
    expect(load({ text: 'server: {drain_timeout: 500ms}' }).server.drainTimeout).toBe(500)
    expect(load({ flags: { 'shutdown-delay': '24d' } }).server.shutdownDelay).toBe(24 * 86_400_000)
  })

  it('Should read TLS as a switch and as a mapping of files', () => {
    expect(load({ text: 'temporal: {tls: true}' }).temporal).toMatchObject({
      tls: true,
      tlsCert: null,
    })
    const files = load({ text: 'temporal: {tls: {cert: /a.pem, key: /b.pem}}' }).temporal
    expect(files).toMatchObject({ tls: true, tlsCert: '/a.pem', tlsKey: '/b.pem', tlsCa: null })
  })

  it('Should freeze the result', () => {
    const config = load({})
    expect(Object.isFrozen(config)).toBe(true)
    for (const slice of Object.values(config)) expect(Object.isFrozen(slice)).toBe(true)
  })
})

describe('what loadConfig refuses', () => {
  it.each<[string, Inputs, string]>([
    [
      'a flag',
      { flags: { port: 'http' } },
      'error: flag --port="http"; it must be a port from 0 (any free one) to 65535',
    ],
    [
      'an empty flag',
      { flags: { host: '' } },
      'error: flag --host is empty; it must be a host name or an IP address',
    ],
    [
      'a variable',
      { env: { MONITORING_ENABLED: 'yes' } },
      'error: variable MONITORING_ENABLED="yes"; it must be true or false',
    ],
    [
      'a variable that a flag overrides',
      { flags: { port: '1' }, env: { COMPOZY_PORT: '65536' } },
      'error: variable COMPOZY_PORT="65536"; it must be a port from 0 (any free one) to 65535',
    ],
    [
      'a path that another route owns',
      { env: { MONITORING_PATH: '/api/metrics' } },
      'error: variable MONITORING_PATH="/api/metrics"; it must be a path such as /metrics, without query, ' +
        'that no other route uses (/docs, /openapi.json, /healthz, /readyz, /api, /page, /debug)',
    ],
    [
      'a path with a query',
      { env: { MONITORING_PATH: '/metrics?x=1' } },
      'error: variable MONITORING_PATH="/metrics?x=1"; it must be a path such as /metrics, without query, ' +
        'that no other route uses (/docs, /openapi.json, /healthz, /readyz, /api, /page, /debug)',
    ],
    [
      'a duration without its unit',
      { env: { COMPOZY_DRAIN_TIMEOUT: '30' } },
      'error: variable COMPOZY_DRAIN_TIMEOUT="30"; it must be a duration such as 500ms, 5s, 10m, 1h30m or 7d, at most 24d',
    ],
    [
      'a duration that no timer can wait for',
      { flags: { 'shutdown-delay': '25d' } },
      'error: flag --shutdown-delay="25d"; it must be a duration such as 500ms, 5s, 10m, 1h30m or 7d, at most 24d',
    ],
    [
      'a word that is not one of the choices',
      { flags: { 'log-level': 'loud' } },
      'error: flag --log-level="loud"; it must be one of debug, info, warn, error, silent',
    ],
    [
      'a value in compozy.yaml, with its place',
      { text: 'name: shop\nserver:\n  port: 99999\n' },
      'compozy.yaml:3:9: error: server.port is 99999; it must be a port from 0 (any free one) to 65535\n' +
        '  3 |   port: 99999\n    |         ^^^^^',
    ],
    [
      'text where a number belongs to YAML',
      { text: 'monitoring: {enabled: "on"}' },
      'compozy.yaml:1:23: error: monitoring.enabled is "on"; it must be true or false\n' +
        '  1 | monitoring: {enabled: "on"}\n    |                       ^^^^',
    ],
    [
      'an unknown key, with the nearest and all that are allowed',
      { text: 'monitoring:\n  enabeld: true\n' },
      'compozy.yaml:2:3: error: unknown key "enabeld" in monitoring; did you mean "enabled"?\n' +
        '  2 |   enabeld: true\n    |   ^^^^^^^\n  allowed: enabled, path, listen, token_file, process, temporal_sdk, reconcile_interval, reconcile_budget, ' +
        'cardinality_limit, idle_series, collect_errors, histograms, created_samples, exemplars, buckets, families',
    ],
    [
      'an unknown key in a mapping of a section',
      { text: 'temporal: {tls: {crt: a.pem}}' },
      'compozy.yaml:1:18: error: unknown key "crt" in temporal.tls; did you mean "cert"?\n' +
        '  1 | temporal: {tls: {crt: a.pem}}\n    |                  ^^^\n  allowed: cert, key, ca',
    ],
    [
      'a key that nothing known is near to',
      { text: 'worker: {zebra: 1}' },
      'compozy.yaml:1:10: error: unknown key "zebra" in worker\n' +
        '  1 | worker: {zebra: 1}\n    |          ^^^^^\n  allowed: count, max_concurrent_tasks, max_cached_runs',
    ],
  ])('Should name %s', (_, inputs, message) => {
    expect(refusal(inputs)).toBe(message)
  })

  it.each<[string, string, string]>([
    [
      'buckets that fall',
      '{compozy_http_request_duration_seconds: [1, 0.5]}',
      'bounds must be finite and rise strictly',
    ],
    ['buckets of a counter', '{compozy_http_requests_total: [1]}', 'it is a counter'],
    [
      'a family that is none',
      '{compozy_http_request_total: [1]}',
      'unknown family compozy_http_request_total; did you mean "compozy_http_requests_total"?',
    ],
    ['no bounds', '{compozy_http_request_duration_seconds: []}', 'give 1 to 100 bounds'],
  ])('Should say what is wrong with the buckets: %s', (_, buckets, wrong) => {
    expect(refusal({ text: `monitoring: {buckets: ${buckets}}` })).toContain(
      `it must be a mapping from histogram names to strictly rising finite bounds (`,
    )
    expect(refusal({ text: `monitoring: {buckets: ${buckets}}` })).toContain(`${wrong})`)
  })

  it.each<[string, string, string]>([
    ['one of the eleven', '{"compozy_build_info": false}', 'core metrics cannot be disabled'],
    [
      'a limit of a closed family',
      '{"compozy_metrics_scrapes_total": {"cardinality_limit": 10}}',
      'are known',
    ],
    [
      'a limit that is too small',
      '{"compozy_http_requests_total": {"cardinality_limit": 1}}',
      '10 to 100000',
    ],
    ['a key that is none', '{"compozy_http_requests_total": {"limit": 10}}', 'unknown key "limit"'],
    ['what is no JSON', 'all', 'it is not a mapping'],
  ])('Should refuse families that change %s', (_, families, wrong) => {
    expect(refusal({ env: { MONITORING_FAMILIES: families } })).toContain(wrong)
  })

  it('Should read mappings from YAML and, as JSON, from variables', () => {
    const buckets = { compozy_http_request_duration_seconds: [0.1, 1] }
    expect(
      load({ env: { MONITORING_BUCKETS: JSON.stringify(buckets) } }).monitoring.buckets,
    ).toEqual(buckets)
    const text = 'monitoring: {families: {compozy_tool_calls_total: false}}'
    expect(load({ text }).monitoring.families).toEqual({
      compozy_tool_calls_total: { enabled: false },
    })
  })

  it.each(['14s', '2h', '15'])('Should refuse a reconcile interval of %s', (interval) => {
    expect(refusal({ env: { MONITORING_RECONCILE_INTERVAL: interval } })).toContain(
      'from 15s to 1h',
    )
    expect(
      load({ env: { MONITORING_RECONCILE_INTERVAL: '15s' } }).monitoring.reconcileInterval,
    ).toBe(15_000)
  })

  it('Should report every refusal at once', () => {
    const message = refusal({
      flags: { port: '-1' },
      env: { MONITORING_ENABLED: '1', COMPOZY_WORKER_COUNT: '65' },
      text: 'server: {port: x}\nworker: {cuont: 1}\n',
    })
    const named = message.split('\n').filter((line) => /(^|: )error: /.test(line))
    expect(named.map((line) => line.replace(/(\[|=|;| is | in ).*/, ''))).toEqual([
      'error: flag --port',
      'error: variable COMPOZY_WORKER_COUNT',
      'error: variable MONITORING_ENABLED',
      'compozy.yaml:1:16: error: server.port',
      'compozy.yaml:2:10: error: unknown key "cuont"',
    ])
  })

  it('Should shorten a long value', () => {
    const message = refusal({ env: { COMPOZY_HOST: '!'.repeat(10_000) } })
    expect(message).toContain('"!!!')
    expect(message.length).toBeLessThan(200)
  })

  it('Should never print a secret', () => {
    expect(load({ env: { TEMPORAL_API_KEY: 'hunter2' } }).temporal.apiKey).toBe('hunter2')
    const hidden = listSettings().filter(({ setting }) => setting.secret)
    expect(hidden.map(({ setting }) => setting.env)).toEqual(['TEMPORAL_API_KEY'])
    const refusals: Refusals = { lines: [], diagnostics: [] }
    const pin = {
      ...integerSetting({ env: 'PIN', yaml: 'pin', doc: 'A pin', fallback: 0, min: 1, max: 9 }),
      secret: true,
    }
    readSetting(pin, { flags: {}, env: { PIN: 'hunter2' }, source: yaml('pin: hunter3') }, refusals)
    expect(refusals.lines).toEqual([
      'error: variable PIN=(hidden); it must be a whole number from 1 to 9',
    ])
    expect(refusals.diagnostics[0]).toMatchObject({
      message: 'pin is (hidden); it must be a whole number from 1 to 9',
    })
    expect(refusals.diagnostics.map(formatDiagnostic).join()).not.toContain('hunter')
  })
})

describe('paths of files', () => {
  const folders = { project: '/project', working: '/shell' }
  const paths = listSettings().filter(({ setting }) => setting.path === true)
  const read = (name: string, raw: { env?: Record<string, string>; text?: string }): unknown => {
    const { setting } = paths.find((each) => each.name === name)!
    const source = raw.text === undefined ? undefined : yaml(raw.text)
    const refusals: Refusals = { lines: [], diagnostics: [] }
    return readSetting(
      setting,
      defined({ flags: {}, env: raw.env ?? {}, source, folders }),
      refusals,
    )
  }
  const nested = (key: string, value: string): string =>
    key.split('.').reduceRight((below, part) => `{${part}: ${below}}`, value)

  it('Should be every setting that names a file, and no other', () => {
    const named = listSettings().filter(({ setting }) => setting.allowed.startsWith('the path of'))
    expect(paths).toEqual(named)
    expect(paths.length).toBeGreaterThan(5)
  })

  it.each(paths.map(({ name, setting }) => [name, setting] as const))(
    'Should be relative to the project in compozy.yaml and to the shell in a variable: %s',
    (name, setting) => {
      const variable = (path: string) => read(name, { env: { [setting.env!]: path } })
      expect(variable('keys/one')).toBe('/shell/keys/one')
      expect(variable('/keys/one')).toBe('/keys/one')
      if (setting.yaml === undefined) return
      const inYaml = (path: string) => read(name, { text: nested(setting.yaml!, path) })
      expect(inYaml('keys/one')).toBe('/project/keys/one')
      expect(inYaml('../one')).toBe('/one')
      expect(inYaml('/keys/one')).toBe('/keys/one')
    },
  )

  it('Should leave every other text as it is', () => {
    expect(loadConfig({ flags: {}, env: { MONITORING_PATH: '/m' }, folders }).monitoring.path).toBe(
      '/m',
    )
    expect(loadConfig({ flags: {}, env: {}, folders }).monitoring.tokenFile).toBeNull()
  })
})

describe('the settings', () => {
  it.each(['flag', 'env', 'yaml'] as const)(
    'Should each have a %s of their own, if any',
    (kind) => {
      const names = listSettings().flatMap(({ setting }) => setting[kind] ?? [])
      expect(new Set(names).size).toBe(names.length)
      expect(names.length).toBeGreaterThan(0)
    },
  )

  it.each(listSettings())(
    'Should document $slice.$name in one sentence without a full stop',
    ({ setting }) => {
      expect(setting.doc).toMatch(/^[A-Z].*[^.\s]$/)
      expect(setting.allowed).not.toBe('')
    },
  )
})
