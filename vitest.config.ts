import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/fixtures/global-setup.ts'],
    // Processes, not threads: tests start servers, send signals and measure memory.
    pool: 'forks',
    // Only for what hangs: tests start servers, browsers and many processes, on machines with little to spare.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A test that hangs must not hide behind the ones that passed.
    teardownTimeout: 10_000,
    expect: { requireAssertions: true },
  },
})
