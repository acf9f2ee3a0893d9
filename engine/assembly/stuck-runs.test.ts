import { expect, it } from 'vitest'
import { createStuckRuns } from './stuck-runs.ts'

it('Should tell how many runs are stuck, asking Temporal twice a minute at most', async () => {
  const counts = [2, 0]
  let asked = 0
  let time = 0
  const stuck = createStuckRuns(
    async () => counts[asked++]!,
    () => time,
  )
  const look = async () => {
    stuck.trouble()
    await Promise.resolve()
    return stuck.trouble()
  }
  expect(await look()).toBe('stuck on a failing workflow task: 2')
  time = 29_999
  expect([await look(), asked]).toEqual(['stuck on a failing workflow task: 2', 1])
  time = 30_000
  expect([await look(), asked]).toEqual([undefined, 2])
})

it('Should keep what it knows when Temporal does not answer', async () => {
  let time = 0
  const answers = [() => Promise.resolve(1), () => Promise.reject(new Error('away'))]
  const stuck = createStuckRuns(
    () => answers.shift()!(),
    () => time,
  )
  stuck.trouble()
  await Promise.resolve()
  time = 60_000
  stuck.trouble()
  await Promise.resolve()
  expect(stuck.trouble()).toBe('stuck on a failing workflow task: 1')
})
