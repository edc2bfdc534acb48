import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    globalSetup: ['./test/support/prepare.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Long enough for a busy machine: a poll that succeeds ends at once.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default', './test/support/tally.ts'],
  },
})
