import { setTimeout as sleep } from "node:timers/promises"
import { text } from "./setting.ts"
import type { AtSize, Sizes } from "./setting.ts"

const MOST_SECONDS = 60

/** 29.P8: messages of a paused app that all expire at once have ended a minute later, and health answers meanwhile. */
export async function expiry(setting: AtSize, { expiring }: Sizes): Promise<void> {
  await setting.register("paused", 1)
  await setting.takeInBefore(expiring, (n, expires_at) =>
    text(`member-${n}`, `你好 ${n}`, { app: "paused", expires_at }),
  )
  let seconds = Infinity
  const health = await setting.health(async () => {
    const from = performance.now()
    while (performance.now() - from < 5 * MOST_SECONDS * 1000) {
      if ((await setting.gateway.unfinished()) === 0) {
        seconds = (performance.now() - from) / 1000
        break
      }
      await sleep(200)
    }
  })
  const ended = (await setting.gateway.outcomes()).get("expired") ?? 0
  setting.tell("all have ended after, s", seconds, (most) => most <= MOST_SECONDS)
  setting.tell("of them expired", ended, (count) => count === expiring)
  setting.note(`/healthz meanwhile: p99 ${health.p99.toFixed(0)} ms, at most ${health.worst.toFixed(0)} ms`)
}
