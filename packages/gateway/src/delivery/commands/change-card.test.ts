import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY } from "../../doors/http/testing/start-gateway.ts"
import { aCard, CallbackWorld } from "../../doors/callback/testing/callback-world.ts"

interface Asked {
  readonly call: number | null
  readonly code: string | null
  readonly userids: readonly string[] | null
  readonly result: string
  readonly errcode: number | null
  readonly invalid_users: readonly string[]
}

/** Asks for buttons that are disabled and have this text. */
async function change(world: CallbackWorld, id: string, replace_name: string, to: object = {}) {
  const answer = await world.request(`/v1/messages/${id}/card`, { body: { ...to, button: { replace_name } } })
  const calls = (answer.json.calls ?? []) as Asked[]
  return { ...answer, calls, told: calls.map(({ code, userids, result }) => [code, userids, result]) }
}

const pathsOf = (faults: readonly { readonly path: string }[]): string[] => faults.map(({ path }) => path)

const textOn = async (world: CallbackWorld, userid: string): Promise<unknown> =>
  (await world.face(userid))["replace_text"]

// proves 4.5: the gateway
test("a member who pressed gets the change by the code of the press, and the message's own is kept", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.press("lisi")
  const first = await change(world, id, "已同意", { userids: ["LiSi"] })
  assert.deepEqual(first.told, [["click", ["LiSi"], "updated"]])
  assert.deepEqual([await textOn(world, "lisi"), await textOn(world, "zhangsan")], ["已同意", undefined])
  const second = await change(world, id, "已结束")
  assert.deepEqual(second.told, [["message", null, "updated"]])
  assert.deepEqual([await textOn(world, "lisi"), await textOn(world, "zhangsan")], ["已结束", "已结束"])
})

test("a member who has not pressed gets it by the message's own code, once", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.press("lisi")
  const first = await change(world, id, "请稍候", { userids: ["lisi", "zhangsan", "nobody"] })
  assert.deepEqual(first.told, [
    ["click", ["lisi"], "updated"],
    ["message", ["zhangsan", "nobody"], "updated"],
  ])
  assert.deepEqual(first.calls[1]?.invalid_users, ["nobody"])
  const again = await change(world, id, "已结束", { userids: ["zhangsan"] })
  assert.deepEqual([again.status, again.json.code], [409, "card_not_updatable"])
  assert.match(again.json.detail, /zhangsan/)
  assert.equal(await textOn(world, "zhangsan"), "请稍候")
})

test("each press can be answered once; a second press that was not answered still can", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.press("lisi", "mute")
  await world.press("lisi", "mute")
  for (const text of ["一", "二"]) {
    assert.deepEqual((await change(world, id, text, { userids: ["lisi"] })).told, [["click", ["lisi"], "updated"]])
  }
  assert.deepEqual((await change(world, id, "三", { userids: ["lisi"] })).told, [["message", ["lisi"], "updated"]])
  assert.equal((await change(world, id, "四", { userids: ["lisi"] })).json.code, "card_not_updatable")
})

test("once the message's own code is used, a change for everybody uses any press", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  assert.deepEqual((await change(world, id, "一")).told, [["message", null, "updated"]])
  assert.equal((await change(world, id, "二")).json.code, "card_not_updatable")
  await world.press("zhangsan", "mute")
  assert.deepEqual((await change(world, id, "二", { atall: 1 })).told, [["click", null, "updated"]])
  assert.equal(await textOn(world, "lisi"), "二")
})

test("two changes at once use two codes, or one of them is refused", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  const answers = await Promise.all([change(world, id, "一"), change(world, id, "二")])
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 409]))
})

test("what is known of codes outlives a restart", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.press("lisi")
  await change(world, id, "一")
  await world.stopGateway()
  await world.startGateway()
  assert.equal((await change(world, id, "二", { userids: ["zhangsan"] })).json.code, "card_not_updatable")
  assert.deepEqual((await change(world, id, "二", { userids: ["lisi"] })).told, [["click", ["lisi"], "updated"]])
})

test("a code that someone else has used is passed over for the next", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  const { response_code } = await world.press("lisi")
  const token = (await compat(world, `gettoken?corpid=${world.simulator.org.corp_id}&corpsecret=${ADMIN_KEY}`))[
    "access_token"
  ]
  const agentid = world.simulator.org.apps[0]?.agentid
  const update = { userids: ["lisi"], agentid, response_code, button: { replace_name: "经旧接口" } }
  assert.equal(
    (await compat(world, `message/update_template_card?access_token=${String(token)}`, update))["errcode"],
    0,
  )
  assert.deepEqual((await change(world, id, "已同意", { userids: ["lisi"] })).told, [["message", ["lisi"], "updated"]])
})

test("an answer that was lost is called unknown, and asking again is safe", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.control("POST", "faults", { path: "message/update_template_card", kind: "reset_after", times: 1 })
  assert.deepEqual((await change(world, id, "一")).told, [["message", null, "unknown"]])
  assert.equal(await textOn(world, "lisi"), "一")
  const again = await change(world, id, "一")
  assert.deepEqual([again.calls[0]?.result, again.calls[0]?.errcode], ["refused", 60140])
})

test("a refusal that has nothing to do with the code leaves the code for the next try", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  const fault = { path: "message/update_template_card", kind: "errcode", errcode: 45009, times: 1 }
  await world.control("POST", "faults", fault)
  const first = await change(world, id, "一")
  assert.deepEqual([first.status, first.calls[0]?.result, first.calls[0]?.errcode], [200, "refused", 45009])
  assert.deepEqual((await change(world, id, "一")).told, [["message", null, "updated"]])
})

test("a card that was recalled is no card any more", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.request(`/v1/messages/${id}/recall`, { method: "POST" })
  assert.equal((await change(world, id, "一")).json.code, "no_card")
})

test("after 72 hours only a later press's code will do", async () => {
  let ahead = 0
  await using world = await CallbackWorld.start({ now: () => Date.now() + ahead })
  const id = await world.send(aCard())
  ahead = 73 * 3_600_000
  assert.equal((await change(world, id, "一")).json.code, "card_expired")
  assert.equal((await change(world, id, "一", { userids: ["lisi"] })).json.code, "card_not_updatable")
})

test("an empty list is no wish to change everybody's card", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  for (const to of [{ userids: [] }, { userids: [], partyids: [], atall: 0 }]) {
    const answer = await change(world, id, "一", to)
    assert.deepEqual([answer.status, answer.json.errors[0].path], [422, "/userids"])
  }
  assert.equal(await textOn(world, "lisi"), undefined)
})

// proves 11.B30: strict
test("what is odd about the new card is a warning, strict or not, and what WeCom ignores only where strict is false", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  const card = {
    card_type: "button_interaction",
    task_id: "deploy-4711",
    main_title: { title: "上线 4711" },
    button_list: [{ text: "同意", key: "a", style: 0 }],
    action_menu: {},
    replace_text: "已处理",
  }
  const coloured = { ...card, source: { desc: "发布", desc_color: 9 } }
  const ask = (template_card: object, more: object) =>
    world.request(`/v1/messages/${id}/card`, { body: { template_card, ...more } })

  const refused = await ask(coloured, {})
  assert.deepEqual([refused.status, ...pathsOf(refused.json.errors)], [422, "/template_card/source/desc_color"])
  const misspelt = await ask(card, { userid: ["lisi"], strict: false })
  assert.deepEqual([misspelt.status, ...pathsOf(misspelt.json.errors)], [400, "/userid"])
  assert.equal(await textOn(world, "lisi"), undefined)

  await world.press("lisi")
  const changed = await ask(coloured, { strict: false, userids: ["lisi"] })
  assert.equal(changed.status, 200, changed.text)
  const odd = ["action_menu", "button_list/0/style", "task_id"].map((path) => `/template_card/${path}`)
  assert.deepEqual(pathsOf(changed.json.warnings), ["/template_card/source/desc_color", ...odd])
  assert.equal(await textOn(world, "lisi"), "已处理")

  const again = await ask(card, {})
  assert.deepEqual([again.status, ...pathsOf(again.json.warnings)], [200, ...odd])
})

test("a card of several calls has several codes, and each person is asked for in the right call", async () => {
  await using world = await CallbackWorld.start()
  await world.control("PUT", "org", {
    ...world.simulator.org,
    members: [
      ...world.simulator.org.members,
      ...Array.from({ length: 1500 }, (_, n) => ({
        userid: `m${n}`,
        name: `m${n}`,
        mobile: `139${10_000_000 + n}`,
        departments: [2],
      })),
    ],
    member_cap: 5000,
  })
  const users = Array.from({ length: 1500 }, (_, n) => `m${n}`)
  const id = await world.send(aCard({}, { users }))
  await world.press("m1400")
  const [event] = await world.events(/^card/, 1)
  assert.deepEqual([event?.message_id, event?.data["task_id"]], [id, "deploy-4711@2"])
  const one = await change(world, id, "一", { userids: ["m0", "m1400", "m1401", "stranger"] })
  assert.deepEqual(
    one.calls.map(({ call, code, userids, result }) => [call, code, userids, result]),
    [
      [2, "click", ["m1400"], "updated"],
      [1, "message", ["m0"], "updated"],
      [2, "message", ["m1401"], "updated"],
      [null, null, ["stranger"], "not_a_recipient"],
    ],
  )
  await world.press("m1402")
  const all = await change(world, id, "二")
  assert.deepEqual(
    all.calls.map(({ call, code, result }) => [call, code, result]),
    [
      [1, null, "no_code"],
      [2, "click", "updated"],
    ],
  )
})

async function compat(world: CallbackWorld, path: string, body?: object): Promise<Record<string, unknown>> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }
  return (await (await fetch(`${world.gateway.url}/cgi-bin/${path}`, init)).json()) as Record<string, unknown>
}
