import { defineConfig } from 'vitest/config'

/** `expect.poll` waits a second by default; a crowded machine may need more. */
const patient = { poll: { timeout: 10_000 } }

/** Tests that mock a module: each file has modules of its own. */
const mocked = '**/*.mocked.test.ts'

/**
 * Two lanes: `npm test` runs `unit` and `mocked`, then `e2e`; what needs minutes lives in
 * `*.slow.test.ts` (`npm run test:slow`). End-to-end files start real servers: two at a time keep
 * two cores busy.
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
          exclude: ['**/*.slow.test.ts', mocked],
          testTimeout: 20_000,
          expect: patient,
          maxWorkers: '100%',
          // Half of the time went to loading modules for each file. Files share globals and loaded
          // modules now: a test gives back what it fakes.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'mocked',
          include: [mocked],
          exclude: ['node_modules/**'],
          expect: patient,
          maxWorkers: '100%',
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
