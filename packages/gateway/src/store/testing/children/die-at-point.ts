// Takes a message from acceptance to settle, takes a callback in, and kills itself at POINT. argv: FILE POINT
import { subscribe } from "node:diagnostics_channel"
import { accepted, aRequest, begin, claimOne, HOUR_MS, NOON } from "../build.ts"
import { open } from "../open-store.ts"

const [file = "", point = ""] = process.argv.slice(2)
subscribe("wecom-push:point", (message) => {
  if (typeof message === "object" && message !== null && "point" in message && message.point === point) {
    process.kill(process.pid, "SIGKILL")
  }
})
const { stores } = await open(file)
const idempotency = { client: "key_1", key: "k", fingerprint: "f", expiresAt: NOON + HOUR_MS }
await stores.outbox.accept(aRequest({ idempotency }))
const started = await begin(stores.outbox, await claimOne(stores.outbox))
await stores.outbox.settle([accepted(started)])
await stores.callbacks.keep({ app: "alerts", id: "1", at: NOON, type: "wecom.enter_agent", data: {} })
