import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Vite would pick graphql's .mjs build where CommonJS packages pick .js: two copies, and every instanceof fails.
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const services = {
  globalSetup: ['tests/kit/build.ts', 'tests/kit/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  test: {
    // One more than there are cores: most of what is tested waits for a database, or for time to pass.
    maxWorkers: availableParallelism() + 1,
    coverage: {
      provider: 'v8',
      include: ['{contracts,platform,gateway,subgraphs,worker,scripts}/**/*.ts'],
      // The playground's application runs in the browser, where tests/e2e drives it; scripts/test.ts does the measuring.
      exclude: ['**/*.test.ts', 'gateway/playground/app/**', 'scripts/test.ts'],
      reporter: ['json'],
    },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          // Modules hold no state (tests/contract/file-shape.test.ts), so that the files of a process may share them.
          isolate: false,
          include: ['{contracts,platform,gateway,subgraphs,worker,scripts,tests,clients}/**/*.test.ts'],
          exclude: ['**/*.it.test.ts', '**/*.e2e.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          isolate: false,
          include: ['{contracts,platform,gateway,subgraphs,worker,scripts,tests}/**/*.it.test.ts'],
          exclude: ['tests/chaos/**', '**/node_modules/**'],
          ...services,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          isolate: false,
          include: ['tests/e2e/**/*.e2e.test.ts'],
          globalSetup: ['tests/kit/build.ts', 'tests/kit/shared-house.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file has a house, and mostly waits for it. After all others: they would starve it.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'chaos',
          include: ['tests/chaos/**/*.it.test.ts'],
          globalSetup: ['tests/kit/build.ts'],
          hookTimeout: 180_000,
          // Processes that come up and are killed want the machine for themselves.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
