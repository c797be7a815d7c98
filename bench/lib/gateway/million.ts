import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { peakResidentBytes } from "../child.ts"
import { RawClient } from "../raw-client.ts"
import { ADMIN_KEY, mobileAt } from "./plan.ts"
import { callsAt, until } from "./serve.ts"
import type { ServedGateway, Stall } from "./serve.ts"
import { FROM_SOURCES } from "./start.ts"

export const PEOPLE = 1_000_000

/** Stores the userids of the mobiles, as after look-ups. @param database a file of SQLite, or a URL */
export async function seedLookups(database: string, wecomPort: number): Promise<void> {
  await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    ...FROM_SOURCES,
    fileURLToPath(new URL("seed-lookups.ts", import.meta.url)),
    database,
    `http://127.0.0.1:${wecomPort}`,
    String(PEOPLE),
  ])
}

export interface MillionSent {
  readonly acceptedSeconds: number
  readonly sentSeconds: number
  readonly longestStall: Stall
  /** Calls that have reached WeCom. */
  readonly calls: number
  readonly peakMegabytes: number
}

/** Sends one message to all of them: a body of 14 MB becomes a thousand calls. @param gateway one that is watched */
export async function sendMillion(gateway: ServedGateway, wecomPort: number): Promise<MillionSent> {
  const body = JSON.stringify({
    to: { mobiles: Array.from({ length: PEOPLE }, (_, index) => mobileAt(index)) },
    msgtype: "text",
    text: { content: "你好" },
  })
  using client = await RawClient.connect(gateway.port, 1)
  const startedAt = Date.now()
  let acceptedAt = startedAt
  const longestStall = await gateway.longestStall(async () => {
    await client.post("/v1/messages", ADMIN_KEY, body)
    acceptedAt = Date.now()
    await until(async () => (await callsAt(wecomPort)) >= PEOPLE / 1000)
  })
  await until(async () => (await gateway.sent()) >= PEOPLE, 250)
  return {
    acceptedSeconds: (acceptedAt - startedAt) / 1000,
    sentSeconds: (Date.now() - startedAt) / 1000,
    longestStall,
    calls: await callsAt(wecomPort),
    peakMegabytes: Math.round((await peakResidentBytes(gateway.pid)) / 1e6),
  }
}
