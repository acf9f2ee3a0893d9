import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const all = 'test/e2e/**/*.slow.test.ts'

/** Files that need the machine: they strike at the right moment, or bound how long things take. */
const alone = [
  'hostile-corpus',
  'kills',
  'large-runs',
  'monitor-numbers',
  'page-large',
  'survival-watched',
].map((name) => `test/e2e/${name}.slow.test.ts`)

/**
 * Files that take a minute or more: begun last, one would run on alone. Those that wait take turns
 * with those that compute.
 */
const longest = [
  'poison',
  'prometheus',
  'open-runs',
  'game-day',
  'first-minutes',
  'worker-killer',
  'node-versions',
  'stuck',
  'counts',
  'chaos-fleet',
  'own-server',
  'hops',
]
const begins = (name: string) => (file: TestSpecification) =>
  file.moduleId.endsWith(`/${name}.slow.test.ts`)

/** Begins with the longest files; a fresh checkout knows no times of its own. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const first = longest.flatMap((name) => sorted.filter(begins(name)))
    return [...first, ...sorted.filter((file) => !first.includes(file))]
  }
}

const common = {
  testTimeout: 600_000,
  hookTimeout: 180_000,
  globalSetup: ['test/e2e/global-setup.ts'],
}

/**
 * The slow lane: chaos and whatever takes minutes. `npm run test:slow`. Most files wait, for
 * scrapes, time-outs of Temporal or downloads: they run two at a time, then the others one by one.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          name: 'slow',
          include: [all],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: alone,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
