import { setTimeout as sleep } from "node:timers/promises"
import { text } from "./setting.ts"
import type { AtSize, Sizes } from "./setting.ts"

const AFTERWARDS_MS = 5000

/** 29.E12: the costs of an accept and of an app's change do not depend on how many messages wait for the same member. */
export async function storm(setting: AtSize, { storm: count }: Sizes): Promise<void> {
  const half = Math.ceil(count / 2)
  const takeIn = async (from: number): Promise<number> => {
    const startedAt = performance.now()
    await setting.takeIn(half, (n) => text("lisi", `你好 ${from + n}`))
    return performance.now() - startedAt
  }
  let [firstMs, secondMs] = [0, 0]
  const accepting = await setting.health(async () => {
    firstMs = await takeIn(0)
    secondMs = await takeIn(half)
  })
  setting.note(
    `${count} messages to one member accepted in ${((firstMs + secondMs) / 1000).toFixed(1)} s; /healthz at most ${accepting.worst.toFixed(0)} ms`,
  )
  setting.tell("the second half / the first", secondMs / firstMs, (ratio) => ratio <= 1.3)
  setting.tell("answers of /healthz over 50 ms while accepting", accepting.over50, (answers) => answers <= 5)
  const changing = await setting.health(async () => {
    await setting.ask("/v1/apps/default", "PATCH", { settings: { member_per_minute: 29 } })
    await sleep(AFTERWARDS_MS)
  })
  setting.tell("answers of /healthz over 50 ms after a change of the app", changing.over50, (answers) => answers <= 5)
  setting.note(`/healthz then at most ${changing.worst.toFixed(0)} ms`)
}
