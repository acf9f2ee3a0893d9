import { defineConfig } from 'vitest/config'

/**
 * Two lanes: `npm test` runs `unit` and `e2e`; what needs minutes lives in `*.slow.test.ts` (`npm
 * run test:slow`). End-to-end files run one at a time: each starts real servers, and the build
 * machine has two cores.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{promql,engine,cli,page,scripts,bench}/**/*.test.ts',
            'test/*.test.ts',
            'test/{chaos,deploy,mutants}/**/*.test.ts',
          ],
          exclude: ['**/*.slow.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['**/*.slow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          globalSetup: ['test/e2e/global-setup.ts'],
        },
      },
    ],
  },
})
