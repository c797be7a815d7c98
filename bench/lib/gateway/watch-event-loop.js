// Loaded into `wecom-push serve` by NODE_OPTIONS: reports by IPC the longest time for which its event loop was blocked.
// JavaScript, because the code that strips types would be loaded too and take memory.
import { openSync, readSync } from "node:fs"
import { isMainThread } from "node:worker_threads"

const NONE = { wallMs: 0, waitedMs: 0, processorMs: 0 }

if (isMainThread && process.send !== undefined) {
  const account = threadAccount()
  let timer
  let last = null
  let longest = NONE
  // A timer of its own, not monitorEventLoopDelay, because that does not say how the time was used.
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

/** Reads from the system's scheduler how long this thread ran, and how long it was ready but did not run. */
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
