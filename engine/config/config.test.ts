import { describe, expect, it } from 'vitest'
import { CompozyError } from '../core/errors.ts'
import { readSource } from '../project/yaml-source.ts'
import { listSettings, loadConfig } from './config.ts'

interface Given {
  flags?: Record<string, string>
  env?: Record<string, string>
  yaml?: string
}

function load({ flags = {}, env = {}, yaml = 'name: x' }: Given) {
  const { source } = readSource('compozy.yaml', yaml)
  return loadConfig({ flags, env, source: source! })
}

function refusal(given: Given): string {
  try {
    load(given)
  } catch (error) {
    if (error instanceof CompozyError && error.code === 'config_invalid') return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('loadConfig', () => {
  const yaml = 'name: x\nserver: { port: 3 }'
  it.each<[string, Given, number]>([
    ['a flag over everything', { flags: { port: '1' }, env: { COMPOZY_PORT: '2' }, yaml }, 1],
    ['a variable over the file', { env: { COMPOZY_PORT: '2' }, yaml }, 2],
    ['the file over the default', { yaml }, 3],
    ['the default', {}, 8_080],
    ['an empty variable as unset', { env: { COMPOZY_PORT: '' }, yaml }, 3],
  ])('Should take %s', (_, given, port) => {
    expect(load(given).server.port).toBe(port)
  })

  it('Should be frozen in every slice', () => {
    const config = load({})
    expect(Object.isFrozen(config) && Object.values(config).every(Object.isFrozen)).toBe(true)
  })

  it.each<[string, Given, string]>([
    ['a flag', { flags: { port: 'x' } }, 'flag --port="x"; it must be a port from 0 (any free one) to 65535'],
    [
      'an empty flag',
      { flags: { host: '' } },
      'flag --host is empty; it must be a host name or an IP address',
    ],
    [
      'a variable',
      { env: { MONITORING_ENABLED: 'ture' } },
      'variable MONITORING_ENABLED="ture"; it must be true or false',
    ],
    [
      'the word 1 for true',
      { env: { MONITORING_ENABLED: '1' } },
      'variable MONITORING_ENABLED="1"; it must be true or false',
    ],
    ['a duration', { env: { COMPOZY_DRAIN_TIMEOUT: '30' } }, 'a duration such as 500ms'],
    ['a choice', { flags: { 'log-level': 'loud' } }, 'one of debug, info, warn, error, silent'],
    ['a metrics path of the API', { env: { MONITORING_PATH: '/api/metrics' } }, 'that no other route owns'],
    [
      'a metrics path with a query',
      { env: { MONITORING_PATH: '/metrics?x=1' } },
      'it must be a path such as /metrics',
    ],
    [
      'a metrics path that is the root',
      { env: { MONITORING_PATH: '/' } },
      'it must be a path such as /metrics',
    ],
  ])('Should refuse %s by name, value and what is allowed', (_, given, message) => {
    expect(refusal(given)).toContain(message)
  })

  it('Should refuse what stands in the file with its place, also where a stronger source overrides it', () => {
    expect(refusal({ env: { COMPOZY_PORT: '1' }, yaml: 'name: x\nserver:\n  port: abc' })).toBe(
      [
        'compozy.yaml:3:9: error: server.port is "abc"; it must be a port from 0 (any free one) to 65535',
        '  3 |   port: abc',
        '    |         ^^^',
      ].join('\n'),
    )
  })

  it('Should refuse an unknown key with the nearest known one', () => {
    expect(refusal({ yaml: 'name: x\nmonitoring: { enabeld: true }' })).toContain(
      'unknown key "enabeld" in monitoring; did you mean "enabled"?',
    )
    expect(refusal({ yaml: 'name: x\ntemporal: { tls: { crt: a } }' })).toContain(
      'unknown key "crt" in temporal.tls; did you mean "cert"?',
    )
  })

  it('Should refuse everything that is wrong at once', () => {
    const message = refusal({
      flags: { port: 'x' },
      env: { MONITORING_ENABLED: 'no' },
      yaml: 'name: x\nworker: { count: -1 }',
    })
    expect(message.match(/must be/g)).toHaveLength(3)
  })

  it('Should know every setting by a doc and what is allowed, each flag and variable once', () => {
    const settings = listSettings().map(({ setting }) => setting)
    expect(settings.filter(({ doc, allowed }) => doc === '' || allowed === '')).toEqual([])
    const names = settings
      .flatMap(({ flag, env, yaml }) => [flag && `--${flag}`, env, yaml])
      .filter((name) => name !== undefined)
    expect(new Set(names).size).toBe(names.length)
  })
})
