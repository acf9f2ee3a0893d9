import { defineConfig } from 'vitest/config'

/** The slow lane: chaos and whatever takes minutes. `npm run test:slow`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.slow.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    globalSetup: ['test/e2e/global-setup.ts'],
  },
})
