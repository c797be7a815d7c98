// Loaded into the gateway's process by NODE_OPTIONS: the process stops itself, as SIGSTOP does, when it next reaches the step
// named in the file of CHAOS_STEP, and tells the driver just before. A step is a point of its work, or bytes that it sends.
import { subscribe } from "node:diagnostics_channel"
import { readFileSync, writeSync } from "node:fs"
import { Socket } from "node:net"
import { isMainThread } from "node:worker_threads"

/** The pipe to the driver, as in preload.js. */
const TRAIL = 4
const LOOKS_EVERY_MS = 20
const SENT = {
  start: "pg_try_advisory_lock",
  gettoken: "/cgi-bin/gettoken",
  fetch: "SKIP LOCKED",
  give_back: "DELETE FROM wecom_push_jobs.",
}
const POINTS = { begin: "begin.before_commit", settle: "settle.before_commit" }

let step = ""

if (isMainThread) {
  setInterval(() => (step = readFileSync(process.env.CHAOS_STEP, "latin1")), LOOKS_EVERY_MS).unref()
  subscribe("wecom-push:point", ({ point }) => {
    if (POINTS[step] === point) standStill()
  })
  const write = Socket.prototype.write
  Socket.prototype.write = function (chunk, ...rest) {
    const isMeant = SENT[step] !== undefined && chunk.includes?.(SENT[step])
    // Bytes that are sent together with these leave first.
    if (isMeant) setImmediate(standStill)
    return write.call(this, chunk, ...rest)
  }
}

function standStill() {
  if (step === "") return
  step = ""
  writeSync(TRAIL, "F")
  process.kill(process.pid, "SIGSTOP")
}
