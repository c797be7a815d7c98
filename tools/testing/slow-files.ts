/**
 * Those that the end of a run calls slow. They begin first: one that begins last runs on alone, when the others have long
 * ended.
 */
export const SLOW_FILES = [
  "chaos/points/killed.test.ts",
  "packages/cli/src/serve/serve.test.ts",
  "packages/gateway/src/store/postgres/contract.test.ts",
  "packages/gateway/src/store/postgres/same-as-sqlite.test.ts",
  "packages/simulator/src/phones/panel.browser.test.ts",
  "packages/cli/src/serve/move.test.ts",
  "packages/cli/src/send/long-send.test.ts",
  "packages/gateway/src/http/database-faults.test.ts",
  "packages/gateway/src/http/several.test.ts",
  "packages/gateway/src/http/fuzz.test.ts",
  "tools/shell-examples.test.ts",
  "packages/gateway/src/store/postgres/broken-stores.test.ts",
  "packages/cli/src/process.test.ts",
  "packages/cli/src/serve/strangers.test.ts",
  "packages/simulator/src/phones/phones.browser.test.ts",
  "packages/gateway/src/store/postgres/governor-contract.test.ts",
  "packages/gateway/src/http/after-restore.test.ts",
  "packages/gateway/src/store/postgres/governor-processes.test.ts",
  "deploy/balancer.test.ts",
]
