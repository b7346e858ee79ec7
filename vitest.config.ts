import { defineConfig } from 'vitest/config'
import { patience } from './test/fixtures/patience.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/fixtures/global-setup.ts'],
    // Processes, not threads: tests start servers, send signals and measure memory.
    pool: 'forks',
    // Only for what hangs: tests start servers, browsers and many processes, on machines with little to spare.
    maxWorkers: 2,
    testTimeout: 10 * patience,
    hookTimeout: 10 * patience,
    // A test that hangs must not hide behind the ones that passed.
    teardownTimeout: patience,
    expect: { requireAssertions: true, poll: { timeout: patience, interval: 50 } },
  },
})
