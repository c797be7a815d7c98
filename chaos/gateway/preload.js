// Loaded into the gateway's process by NODE_OPTIONS before the command. It lets the driver load the next gateway while the
// present one lives, tells it when an outcome is being stored, and kills the process at a point of its work. What it uses
// are diagnostics channels, Node's and the gateway's. Plain JavaScript: stripping types costs each start 35 ms.
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { readSync, writeSync } from "node:fs"
import { Socket } from "node:net"
import { isMainThread } from "node:worker_threads"

/** The pipe from the driver. */
const DRIVER = 3
/** To the driver. It blocks while the driver is too busy to read: one that did not would fail then. */
const TRAIL = 4
const IMPORTED = "tracing:module.import:asyncEnd"

// The gateway's threads load this too.
if (isMainThread) subscribe(IMPORTED, waitForTheDriver)

/** The last of the code that a start loads at once is that of the gateway: what is to be tested is its start, not Node's. */
function waitForTheDriver(message) {
  if (message.url !== "@wecom-push/gateway") return
  unsubscribe(IMPORTED, waitForTheDriver)
  writeSync(TRAIL, "L")
  const { crashPoint } = JSON.parse(readLine())
  endWithTheDriver()
  leaveTrail()
  if (crashPoint !== null) dieAt(crashPoint)
}

/** Stands still meanwhile. */
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

/** Written at once, so that it outlives a kill. */
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
