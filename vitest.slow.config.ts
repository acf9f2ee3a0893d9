import { defineConfig } from 'vitest/config'

/**
 * Files that mostly wait, for scrapes, time-outs of Temporal or downloads, and that assert no bound
 * on what happens meanwhile.
 */
const waiting = ['node-versions', 'poison', 'prometheus', 'stuck', 'worker-killer'].map(
  (name) => `test/e2e/${name}.slow.test.ts`,
)

const common = {
  testTimeout: 600_000,
  hookTimeout: 180_000,
  globalSetup: ['test/e2e/global-setup.ts'],
}

/**
 * The slow lane: chaos and whatever takes minutes. `npm run test:slow`. It runs what waits two at a
 * time, then the rest one by one: chaos, kills and alerts need the machine.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'waiting',
          include: waiting,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: ['test/e2e/**/*.slow.test.ts'],
          exclude: waiting,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
