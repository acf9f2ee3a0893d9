import { describe, expect, it } from 'vitest'
import { temporalSettings } from './config.ts'

describe('temporalSettings', () => {
  it.each([
    ['address', 'localhost:7233', 'localhost:7233'],
    ['address', 'orders.a1b2c.tmprl.cloud:7233', 'orders.a1b2c.tmprl.cloud:7233'],
    ['address', '[::1]:7233', '[::1]:7233'],
    ['namespace', 'orders.a1b2c', 'orders.a1b2c'],
    ['taskQueue', 'shop', 'shop'],
    ['taskQueue', "team's équipe %_", "team's équipe %_"],
    ['apiKey', 'eyJhbGciOi.J-_9/+=', 'eyJhbGciOi.J-_9/+='],
    ['tls', true, true],
    ['tls', false, false],
    ['tls', { cert: 'a.pem' }, true],
    ['devPort', '0', 0],
    ['devPort', 7_300, 7_300],
  ] as const)('Should take %s %o', (name, raw, value) => {
    expect(temporalSettings[name].read(raw)).toBe(value)
  })

  it.each([
    ['address', 'localhost'],
    ['address', 'http://localhost:7233'],
    ['address', ':7233'],
    ['address', '::1:7233'],
    ['address', 'a:b:7233'],
    ['address', 'me@localhost:7233'],
    ['address', 'localhost:0'],
    ['address', 'localhost:65536'],
    ['address', 7_233],
    ['namespace', ''],
    ['namespace', 'two words'],
    ['taskQueue', ''],
    ['taskQueue', 'team\\orders'],
    ['taskQueue', 'team "orders"'],
    ['taskQueue', "'orders"],
    ['taskQueue', "orders'"],
    ['apiKey', 'key\n'],
    ['apiKey', 'two words'],
    ['apiKey', 'clé'],
    ['tls', 'maybe'],
    ['tls', null],
    ['devPort', '65536'],
    ['devPort', 'any'],
  ] as const)('Should refuse %s %o', (name, raw) => {
    expect(temporalSettings[name].read(raw)).toBeUndefined()
  })

  it('Should keep only the API key secret, and say of each what it is for', () => {
    const settings = Object.entries(temporalSettings)
    expect(settings.filter(([, { secret }]) => secret).map(([name]) => name)).toEqual(['apiKey'])
    for (const [, { doc, allowed }] of settings)
      expect([doc, allowed]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)])
  })
})
