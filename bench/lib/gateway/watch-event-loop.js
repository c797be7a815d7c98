// Loaded into `wecom-push serve` by NODE_OPTIONS: tells by IPC how long its event loop stood still at most. JavaScript,
// because what strips types would be loaded with it and take memory.
import { monitorEventLoopDelay } from "node:perf_hooks"
import { isMainThread } from "node:worker_threads"

if (isMainThread && process.send !== undefined) {
  const eventLoop = monitorEventLoopDelay({ resolution: 1 })
  process.on("message", ({ watch }) => {
    if (watch === "begin") {
      eventLoop.reset()
      eventLoop.enable()
      process.send?.({ watching: true })
    } else if (watch === "end") {
      eventLoop.disable()
      process.send?.({ longestStallMs: eventLoop.max / 1e6 })
    }
  })
  // Whoever listens would keep the process alive.
  process.channel?.unref()
}
