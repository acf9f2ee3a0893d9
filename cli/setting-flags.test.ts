import { describe, expect, it } from 'vitest'
import { settingFlags } from './setting-flags.ts'

describe('the flags of settings', () => {
  it('Should carry doc, default and variable, durations as one would write them', () => {
    const { 'drain-timeout': drain, 'temporal-task-queue': queue } = settingFlags([
      'server',
      'temporal',
    ])
    expect(drain!.doc).toMatch(/ \(default: 30s\) \[COMPOZY_DRAIN_TIMEOUT\]$/)
    expect(queue!.doc).not.toContain('default:')
  })

  it('Should be those of the named slices, without the one left out', () => {
    expect(Object.keys(settingFlags(['log']))).toEqual(['log-level'])
    expect(settingFlags(['temporal'])).toHaveProperty('temporal-port')
    expect(settingFlags(['temporal'], { except: 'temporal-port' })).not.toHaveProperty(
      'temporal-port',
    )
  })
})
