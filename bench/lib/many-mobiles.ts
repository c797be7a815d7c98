// One text to many known mobiles, in a process of its own so that its memory can be measured. Prints one JSON line.
import type { LookupStore } from "@wecom-push/sdk"
import { packedSdk } from "./packed.ts"

const [home = "", port = "", countText = ""] = process.argv.slice(2)
const count = Number(countText)
const { memoryLookupStore, text, WeCom } = await packedSdk(home)
const mobileAt = (index: number): string => `139${String(index).padStart(8, "0")}`

// Every number is known already, because look-ups are not to be measured.
const memory = memoryLookupStore()
let next = 0
const known: LookupStore = {
  ...memory,
  get: async (keys) => keys.map(() => ({ userid: `m${String(next++).padStart(6, "0")}`, storedAt: Date.now() })),
}
await using wecom = new WeCom({
  corpId: "ww0000000000000001",
  secret: "bench-secret",
  agentId: 1000002,
  baseUrl: `http://127.0.0.1:${port}`,
  lookupStore: known,
})
const started = performance.now()
const result = await wecom.send({ mobiles: Array.from({ length: count }, (_, index) => mobileAt(index)) }, text("你好"))
console.log(
  JSON.stringify({
    ok: result.ok,
    recipients: result.recipients.length,
    seconds: (performance.now() - started) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
)
