import { defineConfig } from 'vitest/config'

/** `expect.poll` waits a second by default; a crowded machine may need more. */
const patient = { poll: { timeout: 10_000 } }

/**
 * Two lanes: `npm test` runs `unit`, then `e2e`; what needs minutes lives in `*.slow.test.ts` (`npm
 * run test:slow`). End-to-end files start real servers: two at a time keep two cores busy.
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
          expect: patient,
          maxWorkers: '100%',
          // Half of the time went to loading modules for each file. Files share globals now: a
          // test gives back what it fakes.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['**/*.slow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: patient,
          globalSetup: ['test/e2e/global-setup.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
