import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/fixtures/global-setup.ts'],
    // Processes, not threads: tests start servers, send signals and measure memory.
    pool: 'forks',
    // Most of a test's time is spent waiting for a server or a disk.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that hangs must not hide behind the ones that passed.
    teardownTimeout: 10_000,
    expect: { requireAssertions: true },
  },
})
