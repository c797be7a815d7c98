import { setTimeout as sleep } from "node:timers/promises"
import { secondsUntilSent } from "../gateway/seconds-until-sent.ts"
import { callsAt } from "../gateway/serve.ts"
import { quantile } from "../rounds.ts"
import { text } from "./setting.ts"
import type { AtSize, Sizes } from "./setting.ts"

/** A lane goes one message after the other: it takes longer. */
const WATCHED_MS = 20_000
const POST_EVERY_MS = 200

/** 29.lane: messages of another app go out while a long lane is due all at once. */
export async function lane(setting: AtSize, { lane: count }: Sizes): Promise<void> {
  await setting.register("lanes", 1)
  const inLane = { app: "lanes", order_key: "lane" }
  await setting.takeInBefore(count, (n, send_at) => text(`member-${n}`, `你好 ${n}`, { ...inLane, send_at }))
  const from = performance.now()
  const waits: Promise<number>[] = []
  for (; performance.now() - from < WATCHED_MS; await sleep(POST_EVERY_MS))
    waits.push(
      secondsUntilSent(
        setting.gateway.url,
        text(`other-${waits.length}`, "你好", { app: "default" }),
        from + 2 * WATCHED_MS,
      ),
    )
  const took = await Promise.all(waits)
  const ofLane = (await callsAt(setting.stub.port)) - took.length
  setting.note(`${ofLane} of the ${count} of the lane went out meanwhile`)
  setting.tell("a message of another app, p50, s", quantile(took, 0.5), (seconds) => seconds <= 0.5)
  setting.tell("the slowest of them, s", Math.max(...took), (seconds) => seconds <= 1.6)
}
