// A gateway as a process of its own. It loads, waits for `go`, and starts; it ends with whoever started it.
import { subscribe } from "node:diagnostics_channel"
import { flushCompileCache } from "node:module"
import { startGateway } from "../../packages/gateway/src/main.ts"
import type { Gateway } from "../../packages/gateway/src/main.ts"
import { readPlan } from "./plan.ts"
import type { CrashPoint, FromChild, ToChild } from "./plan.ts"

let gateway: Gateway | undefined

process.on("disconnect", () => process.exit(3))
process.on("SIGTERM", () => void stop())
process.on("message", (message: ToChild) => {
  if (message.kind === "stop") void stop()
  else void start(message.crashPoint)
})
tell({ kind: "loaded" })

async function start(crashPoint: CrashPoint | null): Promise<void> {
  if (crashPoint !== null) dieAt(crashPoint)
  const { databaseFile, baseUrl, adminKey, apps } = readPlan()
  try {
    gateway = await startGateway({
      port: 0,
      databaseFile,
      baseUrl,
      adminKey,
      apps,
      environment: { LOG_LEVEL: "warn" },
    })
    tell({ kind: "ready", url: gateway.url })
    // Node does so when a process ends in order, which most of these never do. It costs the first of them some time, once.
    flushCompileCache()
  } catch (error) {
    tell({ kind: "failed", error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

function dieAt({ point, hit }: CrashPoint): void {
  let hits = 0
  subscribe("wecom-push:point", (message) => {
    if ((message as { readonly point: string }).point !== point) return
    hits++
    if (hits === hit) process.kill(process.pid, "SIGKILL")
  })
}

async function stop(): Promise<void> {
  await gateway?.stop()
  process.exit(0)
}

function tell(message: FromChild): void {
  process.send?.(message)
}
