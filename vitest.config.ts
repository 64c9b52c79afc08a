import { defineConfig } from 'vitest/config'

// Vite would pick graphql's .mjs build where CommonJS packages pick .js: two copies, and every instanceof fails.
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const services = { globalSetup: ['tests/kit/global-setup.ts'], testTimeout: 30_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['{contracts,platform,gateway,subgraphs,worker,scripts,tests,clients}/**/*.test.ts'],
          exclude: ['**/*.it.test.ts', '**/*.e2e.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['{contracts,platform,gateway,subgraphs,worker,scripts,tests}/**/*.it.test.ts'],
          ...services,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
