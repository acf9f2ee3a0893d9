import { describe, expect, it } from 'vitest'
import { explainCron, limitsBothDays, normalCron } from './cron.ts'

describe('a cron expression', () => {
  it.each([
    [
      'CRON_TZ=America/New_York 0 8 * * *',
      'write timezone: America/New_York and cron: "0 8 * * *"',
    ],
    ['TZ=UTC 0 8 * * *', 'write timezone: UTC and cron: "0 8 * * *"'],
    ['0 30 8 * * *', 'write cron: "30 8 * * *"'],
    ['0 0 1 1 *  # new year', 'write cron: "0 0 1 1 *"'],
    ['0 8 * * * #', 'write cron: "0 8 * * *"'],
    ['30 8 * * * 2027', 'write cron: "30 8 * * *"'],
    ['0 30 8 * * * 2026', 'write cron: "30 8 * * *"'],
    ['0 10 * * ? *', 'write cron: "0 10 * * *"'],
    ['0 18 ? * MON-FRI *', 'write cron: "0 18 * * MON-FRI"'],
    ['0 10 * * ? 2026-2030', 'write cron: "0 10 * * *"'],
    ['0 10 1 * * 2026/2', 'write cron: "0 10 1 * *"'],
    ['0 0 8 ? * MON-FRI', 'write cron: "0 8 * * MON-FRI"'],
    ['0 18 ? * 2-6 *', 'write cron: "0 18 * * MON-FRI"'],
    ['0 18 ? * 1,7/2 2026', 'write cron: "0 18 * * SUN,SAT/2"'],
    ['0 0 8 ? * 2-6', 'write cron: "0 8 * * MON-FRI"'],
    ['0 0 8 * * 2-6', 'write cron: "0 8 * * 2-6"'],
    ['0 0 8 1 JAN ?', 'write cron: "0 8 1 JAN *"'],
    ['cron_tz=UTC 0 8 * * *', 'write timezone: UTC and cron: "0 8 * * *"'],
    ['0 8 * * * Europe/Berlin', 'write timezone: Europe/Berlin and cron: "0 8 * * *"'],
    ['0 8 * * * utc', 'write timezone: UTC and cron: "0 8 * * *"'],
  ])('Should be refused with what to write instead: %s', (cron, hint) => {
    expect(explainCron(cron)?.hint).toBe(hint)
  })

  it.each([
    ['0 12 * 13 *', 'the month 13 is not from 1 to 12'],
    ['0 24 * * *', 'the hour 24 is not from 0 to 23'],
    ['61 * * * *', 'the minute 61 is not from 0 to 59'],
    ['0 0 0 * *', 'the day of month 0 is not from 1 to 31'],
    ['0 0 * * 8', 'the day of week 8 is not from 0 to 7'],
    ['30-10 * * * *', 'the range "30-10" in the minute goes backward'],
    ['*/0 * * * *', 'the step "0" in the minute is not a whole number from 1'],
    ['0 0 * FEBB *', '"FEBB" is not a month; did you mean "FEB"?'],
    ['0 0 L * *', 'unsupported character "L" in the day of month of the cron expression'],
    ['0 0 * * 5#2', 'unsupported character "#" in the day of week of the cron expression'],
    ['5,,6 * * * *', '"" in the minute can\'t be read'],
    ['-1 0 * * *', 'the minute -1 is not from 0 to 59'],
    ['0 */25 * * *', 'the step 25 in the hour is larger than its range, 0 to 23'],
    ['*/61 * * * *', 'the step 61 in the minute is larger than its range, 0 to 59'],
    ['0 0 31 2/9 *', '"0 0 31 2/9 *" never comes'],
    ['0 0 30 2 *', '"0 0 30 2 *" never comes'],
    ['0 0 31 2 FRI', '"0 0 31 2 FRI" never comes'],
    ['0 0 * *', '"0 0 * *" has four fields instead of five'],
  ])('Should be refused in the values that were written: %s', (cron, message) => {
    expect(explainCron(cron)?.message).toBe(message)
  })

  it.each([
    '*/5 8-18 * * MON-FRI',
    '0 0 1 jan,JUL *',
    '0 0 29 2 *',
    '0 0 29 2 MON',
    '5/15 * * * *',
    '*/60 8/2 1/10 JAN/3 MON/2',
    '0,30/10 * * * *',
    ' 0  0\t* * * ',
    '0 0 * * 7',
    '@hourly',
    '@every 90s',
    '@every  5m',
    '@every 1.5h',
  ])('Should be accepted: %s', (cron) => {
    expect(explainCron(cron)).toBeUndefined()
  })

  it.each(['@every 1500ms', '@every 90.5s', '@every 500ms', '@every'])(
    'Should be refused, as Temporal drops parts of a second: %s',
    (cron) => {
      expect(explainCron(cron)).toEqual({
        message: `"${cron}" has no interval that can be used`,
        hint: 'after @every: a duration such as 500ms, 5s, 10m, 1h30m or 7d, in whole seconds, at least 1s',
      })
    },
  )

  it.each([
    ['@every5m', '@every 5m'],
    [' @every\t 5m ', '@every 5m'],
    ['@every 5m', '@every 5m'],
    [' 0  0 * * * ', '0  0 * * *'],
    ['@daily', '@daily'],
  ])('Should be given to Temporal with one blank after @every: %j', (cron, normal) => {
    expect(normalCron(cron)).toBe(normal)
  })

  it.each([
    ['0 12 13 * 5', true],
    ['0 0 1,15 * MON', true],
    ['0 12 13 * *', false],
    ['0 12 * * 5', false],
    ['0 12 */2 * 5', false],
    ['@daily', false],
  ])('Should be known to limit both days: %s, %s', (cron, expected) => {
    expect(limitsBothDays(cron)).toBe(expected)
  })
})
