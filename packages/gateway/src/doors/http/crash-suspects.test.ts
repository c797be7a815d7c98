import assert from "node:assert/strict"
import { test } from "node:test"
import type { Transport } from "@wecom-push/sdk"
import { RealDay, STORES } from "./testing/real-day.ts"

/** WeCom answers texts with a certain word only when the test allows it. */
class SlowWay {
  underWay: (() => void)[] = []

  readonly over = (real: Transport): Transport => ({
    ...real,
    request: async (request) => {
      if (typeof request.body === "string" && request.body.includes("slow")) {
        await new Promise<void>((resolve) => this.underWay.push(resolve))
      }
      return real.request(request)
    },
  })
}

for (const store of STORES) {
  // proves 29.E6: two kills with the same calls
  test(`29.E6 (${store}): after two kills with the same hundred calls under way a third app's message goes out at once, and these one at a time`, async () => {
    const way = new SlowWay()
    await using day = await RealDay.start({ store, transport: way.over })
    const texts = Array.from({ length: 50 }, (_, n) => `slow ${n}`)
    for (const app of ["alerts", "root"]) await day.postAll(texts, app)
    // Messages of a dead process come back after some time.
    const areUnderWay = (count: number) => day.comesInTime(() => way.underWay.length >= count, `${count} under way`)
    for (let kills = 0; kills < 2; kills++) {
      await areUnderWay(100)
      way.underWay = []
      await day.kill()
    }
    await areUnderWay(1)
    const high = await day.post("urgent", { app: "hr", to: { users: ["WangWu"] }, priority: "high" })
    await day.until(high, "sent")
    const ofTheSame = await day.post("urgent", { priority: "high" })
    await day.until(ofTheSame, "sent")
    const sent = async (): Promise<number> => (await day.phone()).filter((text) => text.startsWith("slow")).length
    for (let suspects = 1; suspects <= 3; suspects++) {
      await areUnderWay(1)
      assert.equal(way.underWay.length, 1)
      way.underWay.shift()?.()
      await day.comes(async () => (await sent()) === suspects, `${suspects} to be sent`)
    }
  })
}
