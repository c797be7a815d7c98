import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { platform } from "node:os"
import { test } from "node:test"
import { machineUptime } from "./uptime.ts"

test("how long the machine has run is the same for each of its processes", { skip: platform() !== "linux" }, () => {
  const uptime = machineUptime()
  const byKernel = Number.parseFloat(readFileSync("/proc/uptime", "latin1")) * 1000
  assert.ok(uptime !== undefined && Math.abs(uptime.ms() - byKernel) < 1000)
  assert.equal(uptime.boot, machineUptime()?.boot)
})
