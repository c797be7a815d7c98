import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"
import { pathOf, without } from "../tools/testing/programs.ts"
import { CONFIG } from "./testing/balanced.ts"

test(
  "HAProxy takes the configuration with the addresses of two gateways, and not without",
  { skip: without("haproxy") },
  () => {
    const addresses = { LISTEN: "127.0.0.1:7788", GATEWAY_1: "127.0.0.1:7001", GATEWAY_2: "[::1]:7002" }
    assert.equal(check(addresses), 0)
    assert.equal(check({ LISTEN: addresses.LISTEN }), 1)
  },
)

/** The exit code of HAProxy, which reads its configuration and starts nothing. */
function check(env: Record<string, string>): number | null {
  return spawnSync(pathOf("haproxy"), ["-c", "-f", CONFIG], { env }).status
}
