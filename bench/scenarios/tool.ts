import { createToolProject } from '../../engine/tool/testing/tool-project.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, quantile } from '../statistics.ts'

const echo = 'export default async (input: unknown) => input'

/** What a call of a tool costs: to a process that waits, and to one that has to be started. */
export const tool: Scenario = {
  name: 'tool',
  doc: 'round trip of a tool call to a warm process, and to a cold one',
  async run({ quick, random, progress }) {
    const project = createToolProject()
    const file = 'echo.ts'
    project.write(file, echo)
    async function call(env: Readonly<Record<string, string>> = {}): Promise<number> {
      const startedAt = performance.now()
      const result = await project.call(file, { input: { n: 1 }, env })
      if (!result.ok) throw new Error(result.error.message)
      return performance.now() - startedAt
    }
    try {
      for (let i = 0; i < 200; i++) await call()
      const rounds = quick ? 20 : 100
      const p50: number[] = []
      const control: number[] = []
      const p99: number[] = []
      const cold: number[] = []
      for (let round = 0; round < rounds; round++) {
        const batch = async (): Promise<number[]> => {
          const found: number[] = []
          for (let i = 0; i < 100; i++) found.push(await call())
          return found
        }
        const [first, second] = [await batch(), await batch()]
        p50.push(quantile(first, 0.5))
        p99.push(quantile(first, 0.99))
        control.push(quantile(second, 0.5) / quantile(first, 0.5))
        // Another environment is another process.
        if (round % 5 === 0) {
          cold.push(await call({ ROUND: String(round) }))
          await call()
        }
        progress((round + 1) / rounds)
      }
      return {
        figures: {
          warm_p50_ms: estimate(p50, 'ms', random),
          warm_p99_ms: estimate(p99, 'ms', random),
          cold_ms: estimate(cold, 'ms', random),
        },
        control: estimate(control, 'ratio', random),
        raw: { warm_p50_ms: p50, warm_p99_ms: p99, cold_ms: cold, control },
      }
    } finally {
      await project.remove()
    }
  },
}
