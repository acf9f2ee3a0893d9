import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended, startCli } from '../processes.ts'
import { root } from '../root.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

const example = join(root, 'examples/quickstart')

/** How long `dev` takes until everything answers; the Temporal program is there already. */
export const startup: Scenario = {
  name: 'startup',
  doc: 'seconds until dev is ready, in a new project and on its second start',
  async run({ quick, random, progress }) {
    const rounds = quick ? 4 : 12
    const first: number[] = []
    const second: number[] = []
    const third: number[] = []
    for (let round = 0; round < rounds; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
      cpSync(example, folder, { recursive: true, filter: (file) => !file.includes('.compozy') })
      try {
        for (const found of [first, second, third]) {
          const startedAt = performance.now()
          const { child } = await startCli([
            'dev',
            '--cwd',
            folder,
            '--port',
            '0',
            '--temporal-port',
            '0',
          ])
          found.push((performance.now() - startedAt) / 1_000)
          child.kill()
          await ended(child)
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      progress((round + 1) / rounds)
    }
    return {
      figures: { first_s: estimate(first, 's', random), second_s: estimate(second, 's', random) },
      // A third start does what the second did.
      control: estimate(
        third.map((value, i) => value / second[i]!),
        'ratio',
        random,
      ),
      raw: { first_s: first, second_s: second, third_s: third },
    }
  },
}
