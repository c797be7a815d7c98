// Loaded into `wecom-push serve` by NODE_OPTIONS: reports by IPC the longest time for which its event loop stopped. JavaScript,
// because what strips types would be loaded with it and take memory.
import { openSync, readSync } from "node:fs"
import { isMainThread } from "node:worker_threads"

const NONE = { wallMs: 0, waitedMs: 0, processorMs: 0 }

if (isMainThread && process.send !== undefined) {
  const account = threadAccount()
  let timer
  let last = null
  let longest = NONE
  // A timer of its own, not monitorEventLoopDelay, because that does not say what the time went to.
  const look = () => {
    const now = { atMs: performance.now(), ...account() }
    const wallMs = now.atMs - last.atMs
    const waitedMs = (now.waitedNs - last.waitedNs) / 1e6
    const stall = { wallMs, waitedMs, processorMs: (now.processorNs - last.processorNs) / 1e6 }
    if (wallMs - waitedMs > longest.wallMs - longest.waitedMs) longest = stall
    last = now
    timer = setTimeout(look, 1)
  }
  process.on("message", ({ watch }) => {
    if (watch === "begin") {
      last = { atMs: performance.now(), ...account() }
      longest = NONE
      timer = setTimeout(look, 1)
      process.send?.({ watching: true })
    } else if (watch === "end") {
      clearTimeout(timer)
      process.send?.({ longestStall: longest })
    }
  })
  // The listener would keep the process alive.
  process.channel?.unref()
}

/** What the scheduler of the system says of this thread: how long it ran, and how long it was ready and did not. */
function threadAccount() {
  let file
  try {
    file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r")
  } catch {
    // Only Linux has it.
    return () => ({ processorNs: 0, waitedNs: 0 })
  }
  const bytes = Buffer.alloc(128)
  return () => {
    const [processorNs, waitedNs] = bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0)).split(" ")
    return { processorNs: Number(processorNs), waitedNs: Number(waitedNs) }
  }
}
