/**
 * The test files that take long and are not part of `npm test` but of `npm run test:long`, which CI runs too. CONTRIBUTING.md
 * names them; at most 40.
 */
export const LONG_FILES: readonly string[] = [
  // Processes are killed, and disks fill up.
  "chaos/points/killed.test.ts",
  "chaos/points/callback.test.ts",
  "chaos/points/disk.test.ts",
  "packages/gateway/src/files/crash.test.ts",
  "packages/cli/src/serve/broken-upgrade.test.ts",
  // A database is ended, frozen, restored or taken over.
  "packages/gateway/src/doors/http/database-faults.test.ts",
  "packages/gateway/src/doors/http/database-lost.test.ts",
  "packages/gateway/src/doors/http/after-restore.test.ts",
  "packages/gateway/src/doors/http/asynchronous-standbys.test.ts",
  "packages/gateway/src/doors/http/failover.test.ts",
  "packages/gateway/src/doors/http/store-faults.test.ts",
  // Several gateways on one database, a balancer before them.
  "packages/gateway/src/doors/http/several.test.ts",
  "packages/gateway/src/doors/http/several-limits.test.ts",
  "packages/gateway/src/doors/http/several-points.test.ts",
  "deploy/balancer.test.ts",
  "packages/gateway/src/store/postgres/governor-processes.test.ts",
  "packages/gateway/src/store/postgres/governor-contract.test.ts",
  "packages/gateway/src/store/postgres/shared-governors.test.ts",
  "packages/gateway/src/store/postgres/job-queue-reads.test.ts",
  "packages/gateway/src/doors/http/still-gateway.test.ts",
  "packages/gateway/src/store/postgres/job-queue.test.ts",
  "packages/gateway/src/store/postgres/work-queue.test.ts",
  // Random pairs, stores broken on purpose, and the rules of a store in full.
  "packages/gateway/src/store/postgres/contract.test.ts",
  "packages/gateway/src/store/postgres/same-as-sqlite.test.ts",
  "packages/gateway/src/store/postgres/broken-stores.test.ts",
  "packages/gateway/src/doors/http/life.test.ts",
  // The packed command, commands as processes, and test files within tests.
  "packages/cli/src/process.test.ts",
  "packages/gateway/src/house.test.ts",
  "tools/testing/run-tests.test.ts",
  "tools/packed-command.test.ts",
  "tools/packed-bucket.test.ts",
  "tools/shell-examples.test.ts",
  "packages/cli/src/serve/serve.test.ts",
  "packages/cli/src/serve/strangers.test.ts",
  "packages/cli/src/send/long-send.test.ts",
  // Moves between databases.
  "packages/cli/src/serve/move.test.ts",
  "packages/gateway/src/store/move/move-database.test.ts",
  "packages/gateway/src/store/move/move-bucket.test.ts",
  // Pages in a browser, wide and narrow.
  "packages/simulator/src/phones/panel.browser.test.ts",
  "packages/simulator/src/phones/phones.browser.test.ts",
]
