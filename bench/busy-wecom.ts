// Sends one message to a million people while WeCom answers -1 (system busy) for a while, and measures the cost of its thousand
// calls while they wait, and until all have gone out.
// Ends with 1 if a promise does not hold. Its options: npm run busy-wecom -- --help
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { peakResidentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { callsAt, serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"
import { RawClient } from "./lib/raw-client.ts"

const { values } = readOptions({
  command: "npm run busy-wecom",
  about: "One message to many, and a WeCom that answers -1 (system busy) for a while.",
  options: {
    people: { kind: "count", default: 1_000_000, help: "userids that the message names" },
    "busy-seconds": { kind: "count", default: 25, help: "for how long WeCom answers -1, from the first send on" },
    seconds: { kind: "count", default: 300, help: "how long it is watched at most" },
  },
})
/** Calls that were answered -1 three times wait for ten minutes. */
const RESTS_AFTER_MS = 20_000
/** Waits for the work that a start delays until the gateway is idle (storing compiled code, collecting the heap). */
const START_ENDED_MS = 6000
const { people, seconds, "busy-seconds": busySeconds } = values

console.log((await packed()).describe())
await using folder = await Folder.make()
await using stub = await startServer("lib/stub.ts", [`busy=${busySeconds}`])
await using gateway = await serve(folder, stub.port, { watched: true })
await sleep(START_ENDED_MS)
const startedAt = performance.now()
let hasEnded = false
const stall = await gateway.longestStall(async () => {
  await accept()
  let [calls, movedAt] = [0, performance.now()]
  while (performance.now() - startedAt < seconds * 1000 && performance.now() - movedAt < RESTS_AFTER_MS) {
    await sleep(1000)
    const callsNow = await callsAt(stub.port)
    if (callsNow !== calls) [calls, movedAt] = [callsNow, performance.now()]
    hasEnded = ((await gateway.outcomes()).get("sent") ?? 0) >= people
    if (hasEnded) break
  }
})
const passed = (performance.now() - startedAt) / 1000
let broken = 0
tell("peak memory, MB", (await peakResidentBytes(gateway.pid)) / 1e6, (mb) => mb < 450)
tell(`longest stall, ms (${stall.note})`, stall.ms, (ms) => ms < 50)
if (hasEnded) console.log("note no call came to rest: --busy-seconds says for how long WeCom answers -1")
else tell("of a core while all rests, %", await restingPercent(), (percent) => percent < 2)
console.log(`${await callsAt(stub.port)} calls in ${passed.toFixed(0)} s`)
process.exitCode = broken === 0 ? 0 : 1

function tell(what: string, measured: number, holds: (measured: number) => boolean): void {
  if (!holds(measured)) broken++
  console.log(`${holds(measured) ? "ok  " : "FAIL"} ${what}: ${measured.toFixed(2)}`)
}

async function accept(): Promise<void> {
  const users = Array.from({ length: people }, (_, index) => `member-${index}`)
  const body = JSON.stringify({ to: { users }, msgtype: "text", text: { content: "你好" } })
  using client = await RawClient.connect(gateway.port, 1)
  await client.post("/v1/messages", ADMIN_KEY, body)
}

/** The share of a core that the gateway takes, without the watch of the event loop. */
async function restingPercent(): Promise<number> {
  const [taken, at] = [takenMs(), performance.now()]
  await sleep(RESTS_AFTER_MS)
  return (100 * (takenMs() - taken)) / (performance.now() - at)
}

/** The processor time of the gateway since its start, in milliseconds. */
function takenMs(): number {
  const fields = readFileSync(`/proc/${gateway.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
