// Checks the promises about large amounts at full size, on either store. Ends with 1 if a promise does not hold.
// Its options: npm run at-size -- --help
import { readOptions } from "../tools/options.ts"
import { expiry } from "./lib/at-size/expiry.ts"
import { followers } from "./lib/at-size/followers.ts"
import { lane } from "./lib/at-size/lane.ts"
import { AtSize } from "./lib/at-size/setting.ts"
import { storm } from "./lib/at-size/storm.ts"

const ROWS = { followers, storm, expiry, lane }
/** Rows that do not measure sending; their apps are paused. */
const PAUSING: ReadonlySet<string> = new Set(["followers", "expiry"])

const { values } = readOptions({
  command: "npm run at-size",
  about:
    "Many followers, a storm to one member, many messages past their time, and a long lane that is due all at once.",
  options: {
    row: { kind: "text", oneOf: ["all", ...Object.keys(ROWS)], default: "all", help: "which of these" },
    store: { kind: "text", oneOf: ["sqlite", "postgres"], default: "sqlite", help: "where the gateway keeps its data" },
    followers: { kind: "count", default: 100, help: "streams of a key that holds half of the apps" },
    apps: { kind: "count", default: 500, help: "apps of which followers hear half" },
    storm: { kind: "count", default: 50_000, help: "messages to one member" },
    expiring: { kind: "count", default: 300_000, help: "messages of a paused app that pass their time at once" },
    lane: { kind: "count", default: 60_000, help: "messages of one lane that are due at once" },
  },
})

let broken = 0
for (const [name, row] of Object.entries(ROWS)) {
  if (values.row !== "all" && values.row !== name) continue
  await using setting = await AtSize.start(values.store === "postgres", PAUSING.has(name))
  console.log(`${name}, on ${setting.describe()}`)
  await row(setting, values)
  broken += setting.broken
}
// Exits explicitly, because the package that starts PostgreSQL fails in a normal exit.
process.exit(broken === 0 ? 0 : 1)
