// Ratios against peers, measured in one run. Name rows to run only those: npm run bench -- sdk-sends
import { commandStart } from "./command-start.ts"
import { gatewayAccepts } from "./gateway-accepts.ts"
import { gatewayIdle } from "./gateway-idle.ts"
import { gatewayLatency } from "./gateway-latency.ts"
import { gatewayMillion } from "./gateway-million.ts"
import { gatewayRestart } from "./gateway-restart.ts"
import { gatewaySends } from "./gateway-sends.ts"
import { manyMobiles } from "./many-mobiles.ts"
import { media } from "./media.ts"
import { phonesPage } from "./phones-page.ts"
import { Report } from "./lib/report.ts"
import { sdkSends } from "./sdk-sends.ts"
import { simulator } from "./simulator.ts"

const rows = {
  "sdk-sends": sdkSends,
  "many-mobiles": manyMobiles,
  "command-start": commandStart,
  "gateway-accepts": gatewayAccepts,
  "gateway-sends": gatewaySends,
  "gateway-latency": gatewayLatency,
  "gateway-million": gatewayMillion,
  "gateway-restart": gatewayRestart,
  "gateway-idle": gatewayIdle,
  simulator,
  "phones-page": phonesPage,
  media,
} as const satisfies Record<string, (report: Report) => Promise<void>>

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in rows))
if (unknown.length > 0) {
  console.error(`No such row: ${unknown.join(", ")}. There are: ${Object.keys(rows).join(", ")}`)
  process.exit(2)
}
const report = new Report()
for (const [name, run] of Object.entries(rows)) {
  if (wanted.length === 0 || wanted.includes(name)) await run(report)
}
process.exitCode = report.missed === 0 ? 0 : 1
