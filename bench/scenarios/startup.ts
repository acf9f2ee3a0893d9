import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended, startCli } from '../processes.ts'
import { writeProject } from '../projects.ts'
import { root } from '../root.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

const example = join(root, 'examples/quickstart')

function copyExample(): string {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
  cpSync(example, folder, { recursive: true, filter: (file) => !file.includes('.compozy') })
  return folder
}

/** Starts `dev` until it is ready and returns the seconds that it took. */
async function timeDev(folder: string): Promise<number> {
  const startedAt = performance.now()
  const ports = ['--port', '0', '--temporal-port', '0']
  const { child } = await startCli(['dev', '--cwd', folder, ...ports])
  const seconds = (performance.now() - startedAt) / 1_000
  child.kill()
  await ended(child)
  return seconds
}

/** How long `dev` takes until everything answers; the Temporal program is there already. */
export const startup: Scenario = {
  name: 'startup',
  doc: 'seconds until dev is ready: in a new project, on its second start, with 100 workflows',
  async run({ quick, random, progress }) {
    const rounds = quick ? 4 : 12
    const raw = { first_s: [], second_s: [], third_s: [], hundred_s: [] } as Record<
      'first_s' | 'second_s' | 'third_s' | 'hundred_s',
      number[]
    >
    const large = writeProject({ workflows: 100, tasks: 4 })
    try {
      // Its database exists from then on: a start that is warm.
      await timeDev(large)
      for (let round = 0; round < rounds; round++) {
        const folder = copyExample()
        try {
          for (const arm of ['first_s', 'second_s', 'third_s'] as const)
            raw[arm].push(await timeDev(folder))
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
        raw.hundred_s.push(await timeDev(large))
        progress((round + 1) / rounds)
      }
    } finally {
      rmSync(large, { recursive: true, force: true })
    }
    const { first_s, second_s, third_s, hundred_s } = raw
    return {
      figures: {
        first_s: estimate(first_s, 's', random),
        second_s: estimate(second_s, 's', random),
        hundred_workflows_s: estimate(hundred_s, 's', random),
      },
      // A third start does what the second did.
      control: estimate(
        third_s.map((value, i) => value / second_s[i]!),
        'ratio',
        random,
      ),
      raw,
    }
  },
}
