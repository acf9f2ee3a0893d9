import { describe, expect, it } from 'vitest'
import { timezoneName } from './timezone.ts'

describe('timezoneName', () => {
  it.each([
    ['UTC', 'UTC'],
    ['utc', 'UTC'],
    ['etc/utc', 'UTC'],
    ['Europe/Lisbon', 'Europe/Lisbon'],
    ['europe/lisbon', 'Europe/Lisbon'],
    ['EUROPE/LISBON', 'Europe/Lisbon'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['US/Pacific', 'US/Pacific'],
    ['us/pacific', 'America/Los_Angeles'],
    ['America/Port_of_Spain', 'America/Port_of_Spain'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['US/Pacific-New', 'America/Los_Angeles'],
    ['EST', 'America/Panama'],
    ['WET', 'Europe/Lisbon'],
    ['gb', 'Europe/London'],
    ['Zulu', 'UTC'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['America/New_york', 'America/New_York'],
    ['America/Port-Au-Prince', 'America/Port-au-Prince'],
    ['Antarctica/Mcmurdo', 'Antarctica/McMurdo'],
    ['Asia/Ho_chi_Minh', 'Asia/Saigon'],
    ['Chile/Easterisland', 'Pacific/Easter'],
    ['Australia/Nsw', 'Australia/Sydney'],
    ['Us/Pacific', 'America/Los_Angeles'],
    ['Etc/Gmt', 'UTC'],
  ])('Should write %s as Temporal takes it: %s', (name, expected) => {
    expect(timezoneName(name)).toBe(expected)
  })

  it.each([
    '',
    'Local',
    'local',
    '+02:00',
    '-0500',
    'Europe/Berlim',
    '../etc/passwd',
    'SystemV/EST5',
    'systemv/pst8pdt',
    'America/New York',
    'UTC+1',
    'Z',
  ])('Should refuse %j', (name) => {
    expect(timezoneName(name)).toBeUndefined()
  })
})
