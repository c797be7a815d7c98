import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { addFault, onEachStore } from "./testing/each-store.ts"

const SECRET = "sim-bot-secret"
const REPLACED = JSON.stringify({
  cmd: "aibot_event_callback",
  headers: { req_id: "r" },
  body: { msgtype: "event", event: { eventtype: "disconnected_event" } },
})

onEachStore("a robot that signs in", (started) => {
  // proves 32.bot-gateway: another program takes the robot while it signs in
  test("and that another program takes before the answer is paused, and leaves it to that one", async () => {
    const { simulator, request, until, phone } = started()
    const signIns = async (): Promise<number> => {
      const answer = await fetch(`${simulator.url}/_sim/calls?path=aibot_subscribe`)
      return ((await answer.json()) as { calls: unknown[] }).calls.length
    }
    await addFault(started(), { path: "aibot_subscribe", kind: "raw", body: REPLACED })
    const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: SECRET }
    assert.equal((await request("/v1/apps", { body: bot })).status, 201)
    let pause: { errmsg: string } | null = null
    while (pause === null && (await signIns()) < 2) {
      await sleep(20)
      pause = (await request("/v1/apps/assistant")).json.pause
    }
    assert.match(pause?.errmsg ?? "", /another program/)
    const message = { app: "assistant", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "x" } }
    const { json } = await request("/v1/messages", { body: message })
    let problem: { code: string } | null = null
    while (problem === null) ({ problem } = (await request(`/v1/messages/${json.id}`)).json)
    assert.equal(problem.code, "bot_taken")
    assert.deepEqual([await signIns(), (await phone("zhangsan")).length], [1, 0])
    // A change of the secret is tried at once.
    for (const secret of ["wrong", SECRET]) {
      assert.equal((await request("/v1/apps/assistant", { method: "PATCH", body: { secret } })).status, 200)
    }
    await until(json.id, "sent")
  })
})
