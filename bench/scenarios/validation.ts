import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { loadProject } from '../../engine/project/load.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

const sizes = { small: 150, large: 600 } as const

/** A workflow with this many tasks, each with a template that reads the one before it. */
function workflowText(tasks: number): string {
  const lines = Array.from({ length: tasks }, (_, i) => {
    const next = i + 1 < tasks ? `, on_success: { next: t${i + 1} }` : ''
    const n = i === 0 ? '1' : `"{{ add .tasks.t${i - 1}.output.n 1 }}"`
    return `  - { id: t${i}, type: aggregate, outputs: { n: ${n} }${next} }`
  })
  return `id: long\ntasks:\n${lines.join('\n')}\n`
}

function writeProject(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
  writeFileSync(join(folder, 'compozy.yaml'), 'name: bench\nworkflows: [{ source: ./long.yaml }]\n')
  writeFileSync(join(folder, 'long.yaml'), text)
  return folder
}

async function validate(folder: string): Promise<void> {
  const loaded = await loadProject(folder, { env: {} })
  if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
}

/**
 * How long a project takes to load, by the number of its tasks, beside the reading of its YAML
 * alone.
 */
export const validation: Scenario = {
  name: 'validation',
  doc: 'milliseconds to load a workflow of 150 and of 600 tasks, compared with reading the YAML alone',
  async run({ quick, random, progress }) {
    const texts = { small: workflowText(sizes.small), large: workflowText(sizes.large) }
    const folders = { small: writeProject(texts.small), large: writeProject(texts.large) }
    const works = {
      small: () => validate(folders.small),
      large: () => validate(folders.large),
      control: () => validate(folders.large),
      yaml: async () => void parseDocument(texts.large).toJS(),
    }
    const arms = Object.keys(works) as (keyof typeof works)[]
    const time = async (arm: keyof typeof works): Promise<number> => {
      const startedAt = performance.now()
      await works[arm]()
      return performance.now() - startedAt
    }
    try {
      for (const arm of arms) for (let i = 0; i < 2; i++) await time(arm)
      const rounds = quick ? 6 : 60
      const raw = await alternate({ arms, rounds, measure: time, random, progress })
      const share = sizes.small / sizes.large
      const growth = ratios(raw, 'large', 'small').map((ratio) => ratio * share)
      return {
        figures: {
          ms_150: estimate(raw.small, 'ms', random),
          ms_600: estimate(raw.large, 'ms', random),
          task_600_vs_task_150: estimate(growth, 'ratio', random),
          vs_yaml_600: estimate(ratios(raw, 'large', 'yaml'), 'ratio', random),
        },
        control: estimate(ratios(raw, 'control', 'large'), 'ratio', random),
        raw,
      }
    } finally {
      for (const folder of Object.values(folders)) rmSync(folder, { recursive: true })
    }
  },
}
