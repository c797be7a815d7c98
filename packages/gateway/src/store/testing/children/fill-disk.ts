// Works on a disk that fills up and is emptied again; prints what happened. argv: FOLDER
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { StartedCall } from "../../../model/ports/outbox.ts"
import { StorageError } from "../../../model/storage-error.ts"
import { accepted, acceptAll, aRequest, begin, claimDue, NOON } from "../build.ts"
import { open } from "../open-store.ts"

const [folder = ""] = process.argv.slice(2)
const filler = join(folder, "filler")
const { stores } = await open(join(folder, "gateway.db"))
const { outbox, reader, upkeep } = stores
await acceptAll(
  outbox,
  Array.from({ length: 60 }, (_, n) => `msg_${n}`),
)
const claimed = await claimDue(outbox)
const started: StartedCall[] = []
for (const message of claimed) started.push(await begin(outbox, message))

fill()
const refused = await acceptUntilRefused("a")
const again = await codeOf(outbox.accept(aRequest({ id: "again" })))
const settled = await outbox.settle(started.slice(0, 50).map((call) => accepted(call)))
const state = (await reader.message("msg_0", { apps: "all", now: NOON }))?.state
const troubleWhenFull = upkeep.health().trouble

fill()
const unsettled = started.slice(50)
let settleRefused = "kept"
for (let n = 0; n < 2000 && settleRefused === "kept"; n++) {
  settleRefused = await codeOf(outbox.update({ messageId: "msg_0", at: NOON, updates: [], problem: { code: long() } }))
}
const lateSettle = await codeOf(outbox.settle(unsettled.map((call) => accepted(call))))
const [open50] = await outbox.openCalls("msg_50")

rmSync(filler)
// It looks for space each second; a busy machine takes its time.
for (let looks = 0; looks < 300 && upkeep.health().trouble !== undefined; looks++) await sleep(100)
const recovered = await codeOf(outbox.accept(aRequest({ id: "recovered" })))
const settledLater = await outbox.settle(unsettled.map((call) => accepted(call)))
const troubleAfter = upkeep.health().trouble
const { items } = await reader.messages({ apps: "all", now: NOON, limit: 10_000 })
const integrity = items.length
await stores[Symbol.asyncDispose]()
console.log(
  JSON.stringify({
    refused: refused.code,
    again,
    settled: settled.filter(Boolean).length,
    state,
    troubleWhenFull,
    settleRefused,
    lateSettle,
    phase: open50?.phase,
    recovered,
    settledLater: settledLater.filter(Boolean).length,
    troubleAfter: troubleAfter ?? "none",
    kept: integrity,
    expected: 60 + refused.kept + 1,
  }),
)

function fill(): void {
  const handle = openSync(filler, "a")
  try {
    for (const size of [65_536, 4096]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size, "x"))
      } catch {
        // Full.
      }
    }
  } finally {
    closeSync(handle)
  }
}

async function acceptUntilRefused(prefix: string): Promise<{ code: string; kept: number }> {
  for (let kept = 0; ; kept++) {
    const code = await codeOf(outbox.accept(aRequest({ id: `${prefix}_${kept}`, parts: [long()] })))
    if (code !== "kept") return { code, kept }
  }
}

async function codeOf(change: Promise<unknown>): Promise<string> {
  try {
    await change
    return "kept"
  } catch (error) {
    if (error instanceof StorageError) return error.code
    throw error
  }
}

function long(): string {
  return "x".repeat(20_000)
}
