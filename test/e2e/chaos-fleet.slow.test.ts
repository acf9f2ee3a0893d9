import { expect, it } from 'vitest'
import { markdownOf, problemsOf } from '../chaos/chaos-report.ts'
import { runChaos } from '../chaos/run-chaos.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? 1)

it(`Should lose no run, no count and no request of a roll in a minute of chaos, seed ${seed}`, async () => {
  const lines: string[] = []
  const report = await runChaos({ seed, seconds: 50, print: (line) => lines.push(line) })
  console.log(`${lines.join('\n')}\n\n${markdownOf(report)}`)
  expect(problemsOf(report)).toEqual([])
})
