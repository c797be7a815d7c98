import assert from "node:assert/strict"
import { test } from "node:test"
import { onEachStore } from "./testing/each-store.ts"

const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) })
const remove = { method: "DELETE" }
const ROBOT = { kind: "robot", robot_key: "sim-robot" }
const BOT = { kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
const OF_CORP = { corp_id: "ww0000000000000001", agent_id: 1_000_002, secret: "sim-secret-alerts" }
const text = { msgtype: "text", text: { content: "x" } }
const card = (task_id: string) => ({
  msgtype: "template_card",
  template_card: {
    card_type: "button_interaction",
    task_id,
    main_title: { title: "要发布吗？" },
    button_list: [{ text: "同意", key: "approve" }],
  },
})
const face = {
  card_type: "text_notice",
  main_title: { title: "已发布" },
  card_action: { type: 1, url: "https://example.com" },
}

onEachStore("a name that is an app of another kind now", (started) => {
  const register = async (name: string, app: object): Promise<void> => {
    const { status, text } = await started().request("/v1/apps", post({ name, ...app }))
    assert.equal(status, 201, text)
  }
  const registerAnew = async (name: string, app: object): Promise<void> => {
    assert.equal((await started().request(`/v1/apps/${name}`, remove)).status, 204)
    await register(name, app)
  }
  const sent = async (message: object): Promise<string> => {
    const { status, json, text } = await started().request("/v1/messages", post(message))
    assert.equal(status, 202, text)
    await started().until(json.id, "sent")
    return json.id
  }
  const recall = (id: string) => started().request(`/v1/messages/${id}/recall`, { method: "POST" })
  const change = (id: string) => started().request(`/v1/messages/${id}/card`, post({ template_card: face }))

  // proves 32.else: its name is that of a robot now
  test("of a message of two apps the calls of the removed one are not asked for: recall and card", async () => {
    await register("pair", BOT)
    await register("beside", OF_CORP)
    const to = { users: ["zhangsan", "lisi"] }
    const id = await sent({ app: "pair", else: "beside", to, ...card("of-two") })
    await registerAnew("beside", ROBOT)
    const changed = await change(id)
    assert.deepEqual([changed.status, changed.json.code], [409, "card_not_updatable"])
    const recalled = await recall(id)
    assert.equal(recalled.status, 200, recalled.text)
    assert.deepEqual(
      recalled.json.calls.map(({ result }: { result: string }) => result),
      ["not_supported", "unreachable"],
    )
    for (const name of ["pair", "beside"]) await started().request(`/v1/apps/${name}`, remove)
  })

  for (const [what, then] of [
    ["a group robot", ROBOT],
    ["a smart robot", BOT],
  ] as const) {
    test(`${what}: what the app of a corp has sent is neither taken back nor changed by it`, async () => {
      await register("was-app", OF_CORP)
      const id = await sent({ app: "was-app", to: { users: ["lisi"] }, ...card(`of-app-${then.kind}`) })
      await registerAnew("was-app", then)
      const changed = await change(id)
      assert.equal(changed.status, 409, changed.text)
      const recalled = await recall(id)
      assert.deepEqual([recalled.status, recalled.json.code], [409, "not_supported"], recalled.text)
      await started().request("/v1/apps/was-app", remove)
    })
    test(`an app of a corp: what ${what} has sent cannot be taken back`, async () => {
      await register("was-robot", then)
      const to = then.kind === "bot" ? { to: { users: ["zhangsan"] } } : {}
      const id = await sent({ app: "was-robot", ...to, ...text })
      await registerAnew("was-robot", OF_CORP)
      const recalled = await recall(id)
      assert.deepEqual([recalled.status, recalled.json.code], [409, "not_supported"], recalled.text)
      const changed = await change(id)
      assert.deepEqual([changed.status, changed.json.code], [409, "no_card"], changed.text)
      await started().request("/v1/apps/was-robot", remove)
    })
  }
})
