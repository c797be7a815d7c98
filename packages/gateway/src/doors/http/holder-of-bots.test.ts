import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { request } from "./testing/start-gateway.ts"
import { startSeveral } from "./testing/start-several.ts"
import { StillGateway } from "./testing/still-gateway.ts"

suite("a gateway that holds the smart robots of several", { concurrency: 2 }, () => {
  for (const [what, signal] of [
    ["killed", "SIGKILL"],
    ["frozen", "SIGSTOP"],
  ] as const) {
    // proves 32.bot-postgres: the holder is killed or frozen
    test(`${what}: another connects, nothing is sent twice, and in doubt is only what was under way`, async () => {
      await using several = await startSeveral(0)
      await using holder = await StillGateway.start(several, "of none")
      const connects = async (): Promise<number> => (await several.calls("/aibot_subscribe")).length
      const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
      assert.equal((await request(`${holder.url}/v1/apps`, { body: bot })).status, 201)
      while ((await connects()) === 0) await sleep(20)
      await several.start()
      await several.fault({ path: "aibot_send_msg", kind: "hang_after", match: "under way" })
      const underWay = await postByRobot(holder.url, "under way")
      while ((await several.phone("zhangsan")).length === 0) await sleep(20)
      holder.process.kill(signal)
      const other = several.gateways[0]?.url ?? ""
      const later = await Promise.all(["one", "two", "three"].map((content) => postByRobot(other, content)))
      while ((await connects()) === 1) await sleep(20)
      if (signal === "SIGSTOP") holder.process.kill("SIGCONT")
      for (const id of later) await several.until(0, id, "sent")
      await several.until(0, underWay, "in_doubt")
      if (signal === "SIGSTOP") await holder.isSeenToResume()
      const shown = (await several.phone("zhangsan")).map(({ body }) => String(body.markdown.content))
      assert.deepEqual(shown.toSorted(), ["one", "three", "two", "under way"])
      // The gateway that runs again leaves the robot to the other, and does not mistake that for another program.
      assert.equal(await connects(), 2)
      assert.equal((await several.request(0, "/v1/apps/assistant")).json.pause, null)
    })
  }
})

// proves 32.bot-postgres: the holder is killed or frozen
test("what reached the holder while it was frozen is an event, although another has the robots when it runs again", async () => {
  await using several = await startSeveral(0)
  await using holder = await StillGateway.start(several, "of none")
  const connects = async (): Promise<number> => (await several.calls("/aibot_subscribe")).length
  const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
  assert.equal((await request(`${holder.url}/v1/apps`, { body: bot })).status, 201)
  while ((await connects()) === 0) await sleep(20)
  await several.start()
  holder.process.kill("SIGSTOP")
  several.simulator.say({
    userid: "zhangsan",
    bot: "sim-bot",
    msgtype: "text",
    text: { content: "while it was frozen" },
  })
  while ((await connects()) === 1) await sleep(20)
  holder.process.kill("SIGCONT")
  const url = `${several.gateways[0]?.url}/v1/apps/assistant/conversations`
  while ((await request(url)).json.items.length === 0) await sleep(50)
  assert.equal(await connects(), 2)
})

async function postByRobot(url: string, content: string): Promise<string> {
  const body = { app: "assistant", to: { users: ["zhangsan"] }, msgtype: "text", text: { content } }
  const { status, json, text } = await request(`${url}/v1/messages`, { body })
  assert.equal(status, 202, text)
  return json.id
}
