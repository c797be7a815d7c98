import type { StartForAllTests } from "./start.ts"

/** Started in this order. */
export const STARTS: readonly StartForAllTests[] = [
  {
    name: "PostgreSQL",
    // Some fifty of all files need it; when only a few files run, starting their own is as fast.
    isNeededBy: (files) => files.length > 20,
    async start(resources) {
      const { startServerOfRun } =
        await import("../../../packages/gateway/src/store/postgres/testing/migrated-database.ts")
      return resources.use(await startServerOfRun()).environment
    },
  },
  {
    name: "an empty SQLite database",
    isNeededBy: (files) => files.length > 20,
    async start(resources) {
      const { makeEmptyDatabaseOfRun } = await import("../../../packages/gateway/src/store/testing/open-store.ts")
      return makeEmptyDatabaseOfRun(resources)
    },
  },
]
