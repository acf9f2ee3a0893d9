import { defineConfig } from 'vitest/config'

const all = 'test/e2e/**/*.slow.test.ts'

/** Files that need the machine: they strike at the right moment, or bound how long things take. */
const alone = [
  'hostile-corpus',
  'kills',
  'large-runs',
  'monitor-numbers',
  'page',
  'page-large',
  'survival-watched',
].map((name) => `test/e2e/${name}.slow.test.ts`)

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
