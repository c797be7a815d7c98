// Loaded into the gateway's process by NODE_OPTIONS before the command. It lets the driver load the next gateway while the
// current one runs, tells the driver when an outcome is being stored, and kills the process at a point of its work. It uses
// diagnostics channels of Node and of the gateway. Plain JavaScript: stripping types costs each start 35 ms.
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { readSync, writeSync } from "node:fs"
import { Socket } from "node:net"
import { isMainThread } from "node:worker_threads"

/** The pipe from the driver. */
const DRIVER = 3
/** The pipe to the driver. Writes block while the driver is too busy to read; without blocking they would fail then. */
const TRAIL = 4
const IMPORTED = "tracing:module.import:asyncEnd"

// The gateway's threads load this too.
if (isMainThread) subscribe(IMPORTED, waitForTheDriver)

/** Waits once the gateway's module, the last one that a start loads, is there: its start is to be tested, not Node's. */
function waitForTheDriver(message) {
  if (message.url !== "@wecom-push/gateway") return
  unsubscribe(IMPORTED, waitForTheDriver)
  writeSync(TRAIL, "L")
  const { crashPoint } = JSON.parse(readLine())
  endWithTheDriver()
  leaveTrail()
  if (crashPoint !== null) dieAt(crashPoint)
}

/** Blocks the process until a line has come. */
function readLine() {
  const byte = Buffer.alloc(1)
  let line = ""
  for (;;) {
    if (readSync(DRIVER, byte) === 0) process.exit(3)
    if (byte[0] === 10) return line
    line += byte.toString("latin1")
  }
}

function endWithTheDriver() {
  const driver = new Socket({ fd: DRIVER })
  driver.on("error", endWithout).on("close", () => endWithout("its pipe was closed"))
  driver.resume().unref()
}

function endWithout(why) {
  console.error(`the driver has gone: ${why}`)
  process.exit(3)
}

/** Writes the trail synchronously, so that it outlives a kill. */
function leaveTrail() {
  let settling = 0
  subscribe("wecom-push:point", ({ point }) => {
    if (point === "settle.before_commit" && ++settling === 1) writeSync(TRAIL, "S")
    else if (point === "settle.after_commit" && --settling === 0) writeSync(TRAIL, "s")
  })
}

function dieAt({ point, hit }) {
  let hits = 0
  subscribe("wecom-push:point", (message) => {
    if (message.point === point && ++hits === hit) process.kill(process.pid, "SIGKILL")
  })
}
