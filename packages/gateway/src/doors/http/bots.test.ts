import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { BotConnection, systemClock } from "@wecom-push/sdk/internals"
import { shared } from "../../../../../tools/testing/shared.ts"
import { ADMIN_KEY } from "./testing/start-gateway.ts"
import { postFile, TEXT } from "./testing/media-form.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>
const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) })
const patch = (body: unknown) => ({ method: "PATCH", body: JSON.stringify(body) })
const text = (content: string) => ({ msgtype: "text", text: { content } })
const SECRET = "bot-secret-CANARY"

const aCard = (task_id: string) => ({
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

suite("apps that are smart robots", () => {
  const started = shared(async (resources) => resources.use(await startWithSimulator()))
  let count = 0

  /** Registers a new robot, to which zhangsan has written. */
  const register = async (bot: object = {}, groups: readonly object[] = []): Promise<string> => {
    const name = `bot${++count}`
    const id = `id-${name}-CANARY`
    const { simulator } = started()
    const bots = [...simulator.org.bots, { bot_id: id, secret: SECRET, name, opened_by: ["zhangsan"], groups }] as never
    await simulator.replaceOrg({ ...simulator.org, bots })
    const made = await started().request("/v1/apps", post({ name, kind: "bot", bot_id: id, secret: SECRET, ...bot }))
    assert.equal(made.status, 201, JSON.stringify(made.json))
    return name
  }
  const send = async (app: string, message: object, user = "zhangsan"): Promise<string> => {
    const { status, json } = await started().request("/v1/messages", post({ app, to: { users: [user] }, ...message }))
    assert.equal(status, 202, JSON.stringify(json))
    return String(json["id"])
  }
  /** This many events of frames that came to a robot. */
  const eventsOf = async (app: string, count: number): Promise<Json[]> => {
    const connection = new AbortController()
    const { url } = started().gateway
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": "0" }
    const answer = await fetch(`${url}/v1/events`, { headers, signal: connection.signal })
    const found: Json[] = []
    let text = ""
    for await (const piece of answer.body ?? []) {
      const lines = `${text}${Buffer.from(piece).toString()}`.split("\n")
      text = lines.pop() ?? ""
      const events = lines.flatMap((line): Json[] => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []))
      found.push(...events.filter((event) => event["app"] === app && /^(wecom|card)\./.test(event["type"])))
      if (found.length >= count) break
    }
    connection.abort()
    return found
  }
  const rowOf = async (id: string) => (await started().request(`/v1/messages/${id}/recipients`)).json["items"][0]
  const shownBy = async (name: string) =>
    (await started().phone("zhangsan")).filter(({ bot }) => bot === `id-${name}-CANARY`).map(({ body }) => body)

  // proves 32.bot-gateway: with bot id and secret alone a phone is reached
  test("with bot id and secret alone a text reaches the phone, as markdown that reads the same", async () => {
    const name = await register()
    const id = await send(name, text("**磁盘** 91%"))
    const { msgtype } = await started().until(id, "sent")
    assert.equal(msgtype, "markdown")
    assert.deepEqual(await shownBy(name), [{ msgtype: "markdown", markdown: { content: "\\*\\*磁盘\\*\\* 91%" } }])
  })

  test("a file is uploaded in pieces, and sent", async () => {
    const name = await register()
    const { json } = await postFile(started(), TEXT, { app: name })
    const id = await send(name, { msgtype: "file", file: { media_id: json["id"] } })
    await started().until(id, "sent")
    assert.deepEqual(
      (await shownBy(name)).map(({ msgtype }) => msgtype),
      ["file"],
    )
  })

  // proves 32.not-opened: a member who never wrote to the robot
  test("a member who never wrote to it is not_opened, and gets the message by a retry once they have written", async () => {
    const name = await register()
    const id = await send(name, text("你好"), "lisi")
    await started().until(id, "failed")
    const { state, errcode, reason } = await rowOf(id)
    assert.deepEqual([state, errcode, reason], ["not_opened", 93006, "no_conversation"])
    const { recipients } = (await started().request(`/v1/messages/${id}`)).json
    assert.deepEqual([recipients.total, recipients.not_opened], [1, 1])
    const listed = (await started().request(`/v1/messages/${id}/recipients?state=not_opened`)).json["items"]
    assert.equal(listed.length, 1)
    const { text: metrics } = await started().request("/metrics")
    assert.match(metrics, /state="not_opened"/)
    started().simulator.say({ userid: "lisi", bot: `id-${name}-CANARY`, msgtype: "text", text: { content: "在吗" } })
    const retried = await started().request(`/v1/messages/${id}/retry`, post({ states: ["not_opened"] }))
    assert.equal(retried.status, 200, JSON.stringify(retried.json))
    await started().until(id, "sent")
  })

  // proves 32.conversations: who has written, groups too
  test("who has written to it is listed, groups too, page by page; what was written is an event", async () => {
    const name = await register({}, [{ chatid: `group-of-${count + 1}`, name: "群", members: ["zhangsan", "lisi"] }])
    const group = `group-of-${count}`
    const bot = `id-${name}-CANARY`
    const list = (query = "") => started().request(`/v1/apps/${name}/conversations${query}`)
    await started().until(await send(name, text("连上")), "sent")
    assert.deepEqual((await list()).json, { items: [], next_cursor: null })
    const { simulator } = started()
    const content = { content: "在吗" }
    simulator.say({ userid: "lisi", bot, msgtype: "text", text: content })
    simulator.say({ userid: "zhangsan", bot, chatid: group, msgtype: "text", text: { content: "群里" } })
    simulator.say({ userid: "lisi", bot, chatid: group, msgtype: "text", text: { content: "又一条" } })
    simulator.say({ userid: "WangWu", bot, msgtype: "event", event: "enter_chat" })
    // In order within a conversation alone.
    const told = await eventsOf(name, 4)
    const ofChat = Object.groupBy(told, ({ data }) => String(data.chatid ?? data.userid))
    const seenIn = (chat: string) => ofChat[chat]?.map(({ type, app, data }) => [type, app, data.userid, data.chatid])
    assert.deepEqual(seenIn("lisi"), [["wecom.text", name, "lisi", null]])
    assert.deepEqual(seenIn("WangWu"), [["wecom.enter_chat", name, "WangWu", null]])
    assert.deepEqual(seenIn(group), [
      ["wecom.text", name, "zhangsan", group],
      ["wecom.text", name, "lisi", group],
    ])
    assert.deepEqual(ofChat["lisi"]?.[0]?.["data"].fields.text, content)
    const { items } = (await list()).json
    assert.deepEqual(
      items.map(({ type, id, userid }: Record<string, string>) => [type, id, userid]),
      [
        ["chat", group, "lisi"],
        ["user", "lisi", "lisi"],
      ],
    )
    const first = (await list("?limit=1")).json
    const second = (await list(`?limit=1&cursor=${first.next_cursor}`)).json
    assert.deepEqual([...first.items, ...second.items], items)
    assert.equal((await started().request("/v1/apps/alerts/conversations")).json["code"], "not_supported")
  })

  // proves 32.bot-people: mobiles and emails by an app beside it
  test("mobiles and emails are found by the app that it names, and without one they are refused: 422 says so", async () => {
    const name = await register()
    const to = { mobiles: ["13800000001"], emails: ["zhangsan@example.com", "ghost@example.com"] }
    const message = post({ app: name, to, ...text("你好") })
    const refused = await started().request("/v1/messages", message)
    assert.equal(refused.status, 422)
    assert.match(refused.json["errors"][0].detail, /settings.*people/)
    for (const people of ["bot1", "unknown", name]) {
      const { status, json } = await started().request(`/v1/apps/${name}`, patch({ settings: { people } }))
      assert.deepEqual([status, json["errors"]?.[0]?.path], [422, "/settings/people"])
    }
    await started().request(`/v1/apps/${name}`, patch({ settings: { people: "alerts" } }))
    const { status, json } = await started().request("/v1/messages", message)
    assert.equal(status, 202, JSON.stringify(json))
    await started().until(json["id"], "partly_sent")
    const { items } = (await started().request(`/v1/messages/${json["id"]}/recipients`)).json
    assert.deepEqual(
      items.map((row: Json) => [row["type"], row["state"], row["userid"]]),
      [
        ["mobile", "sent", "zhangsan"],
        ["email", "sent", "zhangsan"],
        ["email", "not_found", null],
      ],
    )
    assert.equal((await shownBy(name)).length, 1)
    const found = await started().request("/v1/lookup", post({ app: name, mobile: "13800000001" }))
    assert.equal(found.json["userid"], "zhangsan")
  })

  // proves 32.bot-chats: groups that it is in
  test("it sends into groups by chatid; one that it is not in is not_opened alone", async () => {
    const group = `chats-of-${count + 1}`
    const name = await register({}, [{ chatid: group, name: "群", members: ["zhangsan", "lisi"] }])
    const to = { chats: [group, "another-group"], users: ["zhangsan"] }
    const { status, json } = await started().request("/v1/messages", post({ app: name, to, ...text("你们好") }))
    assert.equal(status, 202, JSON.stringify(json))
    await started().until(json["id"], "partly_sent")
    const { items } = (await started().request(`/v1/messages/${json["id"]}/recipients`)).json
    assert.deepEqual(
      items.map((row: Json) => [row["type"], row["address"], row["state"]]),
      [
        ["user", "zhangsan", "sent"],
        ["chat", group, "sent"],
        ["chat", "another-group", "not_opened"],
      ],
    )
    assert.equal((await shownBy(name)).length, 2)
  })

  const rowsOf = async (id: string): Promise<Json[]> =>
    (await started().request(`/v1/messages/${id}/recipients`)).json["items"]

  // proves 32.else: members without a conversation get it from the app that else names
  test("members who never wrote get it from the app that else names, in the same message; rows name their app", async () => {
    const name = await register({ settings: { people: "alerts" } })
    const to = { users: ["zhangsan", "lisi", "ghost"], mobiles: ["13800000002", "13800000001"], chats: ["no-group"] }
    const message = { app: name, else: "alerts", to, ...text("**磁盘** 91%") }
    const { status, json } = await started().request("/v1/messages", post(message))
    assert.equal(status, 202, JSON.stringify(json))
    const done = await started().until(json["id"], "partly_sent")
    assert.deepEqual([done["recipients"].sent, done["recipients"].invalid, done["recipients"].not_opened], [4, 1, 1])
    assert.deepEqual(
      (await rowsOf(json["id"])).map((row) => [row["address"], row["state"], row["app"]]),
      [
        ["zhangsan", "sent", name],
        ["lisi", "sent", "alerts"],
        ["ghost", "invalid", "alerts"],
        ["13800000002", "sent", "alerts"],
        ["13800000001", "sent", name],
        ["no-group", "not_opened", name],
      ],
    )
    assert.equal((await shownBy(name)).length, 1)
    const ofLisi = (await started().phone("lisi")).filter(({ body }) => body.text?.content === "**磁盘** 91%")
    assert.deepEqual(
      ofLisi.map(({ agentid }) => agentid),
      [1_000_002],
    )
  })

  // proves 32.else: its app is paused
  test("while the app that else names is paused its members wait, and are cancelled with the message", async () => {
    const name = await register()
    const app = {
      name: `beside${count}`,
      corp_id: started().simulator.org.corp_id,
      agent_id: 1_000_004,
      secret: "wrong",
    }
    assert.equal((await started().request("/v1/apps", post(app))).status, 201)
    const message = { app: name, else: app.name, to: { users: ["zhangsan", "lisi"] }, ...text("等修好") }
    const { json } = await started().request("/v1/messages", post(message))
    while ((await started().request(`/v1/apps/${app.name}`)).json["pause"] === null) await sleep(5)
    const states = async () => (await rowsOf(json["id"])).map((row) => [row["state"], row["app"]])
    assert.deepEqual(await states(), [
      ["sent", name],
      ["pending", app.name],
    ])
    const cancelled = await started().request(`/v1/messages/${json["id"]}/cancel`, { method: "POST" })
    assert.equal(cancelled.status, 200)
    assert.deepEqual(await states(), [
      ["sent", name],
      ["cancelled", app.name],
    ])
  })

  // proves 32.else: never after one in doubt
  test("what is in doubt is never sent from another app", async () => {
    const name = await register()
    started().simulator.fault({ path: "aibot_send_msg", kind: "reset_after", match: "存疑" })
    const { json } = await started().request(
      "/v1/messages",
      post({ app: name, else: "alerts", to: { users: ["zhangsan"] }, ...text("存疑") }),
    )
    await started().until(json["id"], "in_doubt")
    const [row] = await rowsOf(json["id"])
    assert.deepEqual([row?.["state"], row?.["app"]], ["in_doubt", name])
    assert.ok(
      (await started().phone("zhangsan")).every(({ agentid, body }) => agentid === 0 || body.text?.content !== "存疑"),
    )
  })

  /**
   * A message to zhangsan, who has written to the robot, and to lisi, who has not, and so gets it from the app that `else`
   * names.
   */
  const sendByBoth = async (message: object, other = "alerts"): Promise<{ id: string; bot: string }> => {
    const bot = await register()
    const to = { users: ["zhangsan", "lisi"] }
    const { status, json } = await started().request("/v1/messages", post({ app: bot, else: other, to, ...message }))
    assert.equal(status, 202, JSON.stringify(json))
    return { id: json["id"], bot }
  }

  // proves 32.else: a recall takes back what its app sent
  test("a recall takes back what went out by the app that else names, in parts too, and says that the robot's stays", async () => {
    for (const content of ["撤回一半", "长".repeat(1000)]) {
      const { id, bot } = await sendByBoth({ ...text(content), overflow: "split" })
      await started().until(id, "sent")
      const { status, json } = await started().request(`/v1/messages/${id}/recall`, { method: "POST" })
      assert.equal(status, 200, JSON.stringify(json))
      const results = (json["calls"] as Json[]).map(({ result }) => result)
      assert.deepEqual([results[0], ...new Set(results.slice(1))], ["not_supported", "recalled"])
      assert.deepEqual(
        (await rowsOf(id)).map((row) => [row["address"], row["state"], row["app"]]),
        [
          ["zhangsan", "sent", bot],
          ["lisi", "recalled", "alerts"],
        ],
      )
      const left = (await started().phone("lisi")).filter(({ body }) => body.text?.content.startsWith(content[0] ?? ""))
      assert.deepEqual(left, [])
      assert.equal((await shownBy(bot)).length, 1)
    }
  })

  // proves 32.else: its cards are changed by the codes of its calls
  test("a card that the app in else sent is changed by the code of its call, the robot's by a press alone", async () => {
    const card = aCard(`else-${count}`)
    const { id } = await sendByBoth(card)
    await started().until(id, "sent")
    const change = async (body: object) => started().request(`/v1/messages/${id}/card`, post(body))
    const refused = await change({ template_card: face, userids: ["zhangsan"] })
    assert.deepEqual([refused.status, refused.json["code"]], [409, "card_not_updatable"])
    const { status, json } = await change({ template_card: face })
    assert.equal(status, 200, JSON.stringify(json))
    assert.deepEqual(
      (json["calls"] as Json[]).map(({ call, code, result }) => [call, code, result]),
      // After the robot's two there is one for each member.
      [[3, "message", "updated"]],
    )
    const titles = async (userid: string) =>
      (await started().phone(userid)).slice(-1).map(({ body }) => body.template_card?.main_title?.title)
    assert.deepEqual([await titles("lisi"), await titles("zhangsan")], [["已发布"], ["要发布吗？"]])
    const again = await change({ template_card: face, userids: ["lisi"] })
    assert.deepEqual([again.status, again.json["code"]], [409, "card_not_updatable"])
  })

  // proves 32.else: its app is removed
  test("when the app that else names is removed its members end at once: failed, and the reason says so", async () => {
    const { simulator } = started()
    const beside = { name: `removed${count}`, corp_id: simulator.org.corp_id, agent_id: 1_000_004, secret: "wrong" }
    assert.equal((await started().request("/v1/apps", post(beside))).status, 201)
    const { id, bot } = await sendByBoth(text("应用没了"), beside.name)
    while ((await started().request(`/v1/apps/${beside.name}`)).json["pause"] === null) await sleep(5)
    const removedAt = Date.now()
    assert.equal((await started().request(`/v1/apps/${beside.name}`, { method: "DELETE" })).status, 204)
    await started().until(id, "partly_sent")
    // Otherwise they would be looked at again only when the pause is over, after a minute.
    assert.ok(Date.now() - removedAt < 30_000, `${Date.now() - removedAt} ms`)
    assert.deepEqual(
      (await rowsOf(id)).map((row) => [row["address"], row["state"], row["app"], row["reason"]]),
      [
        ["zhangsan", "sent", bot, null],
        ["lisi", "failed", beside.name, "app_removed"],
      ],
    )
  })

  // proves 32.else: in a circle, of the wrong kind, not held
  test("an else that is no other app of a corp that the key holds is refused: 422 names it", async () => {
    const [name, other] = [await register(), await register()]
    const wanted = { name: "k", scopes: ["send"], apps: [name] }
    const { json: key } = await started().request("/v1/keys", post(wanted))
    const to = { users: ["zhangsan"] }
    for (const [body, code, init] of [
      [{ app: name, else: name, to, ...text("x") }, "not_allowed", {}],
      [{ app: name, else: other, to, ...text("x") }, "not_supported", {}],
      [{ app: name, else: "unknown", to, ...text("x") }, "unknown_app", {}],
      [{ app: "alerts", else: name, to, ...text("x") }, "not_supported", {}],
      [{ app: name, else: "alerts", to, ...text("x") }, "unknown_app", { key: key["key"] }],
    ] as const) {
      const { status, json } = await started().request("/v1/messages", { ...post(body), ...init })
      assert.equal(status, 422, JSON.stringify([body, json]))
      const faults = (json["errors"] as { path: string; code: string }[]).map((error) => [error.path, error.code])
      assert.deepEqual(faults, [["/else", code]])
    }
    const long = { app: name, else: "alerts", to, msgtype: "markdown", markdown: { content: "a".repeat(2049) } }
    const { status, json } = await started().request("/v1/messages", post(long))
    assert.deepEqual([status, json["errors"]?.[0]?.path], [422, "/markdown/content"])
  })

  const press = async (bot: string, userid = "zhangsan") => {
    const shown = (await started().phone(userid)).findLast((one) => one["bot"] === `id-${bot}-CANARY`)
    await started().simulator.click({ userid, msgid: shown?.["msgid"], key: "approve" })
  }
  const change = (id: string, body: object = { template_card: face }) =>
    started().request(`/v1/messages/${id}/card`, post(body))

  // proves 32.bot-cards: a press, and the card changed by it
  test("a press on its card is card.clicked, and changes the card once; without a press it is 409", async () => {
    const name = await register()
    const id = await send(name, aCard("release-1"))
    await started().until(id, "sent")
    assert.deepEqual([(await change(id)).status, (await change(id)).json["code"]], [409, "card_not_updatable"])
    await press(name)
    const [event] = await eventsOf(name, 1)
    const { userid, event_key, chatid, card_type } = event?.["data"] ?? {}
    assert.deepEqual(
      [event?.["type"], event?.["message_id"], userid, event_key, chatid, card_type],
      ["card.clicked", id, "zhangsan", "approve", null, "button_interaction"],
    )
    const changed = await change(id)
    assert.deepEqual([changed.status, changed.json["calls"]?.[0]?.result], [200, "updated"])
    const [shown] = await shownBy(name)
    assert.equal(JSON.stringify(shown).includes("已发布"), true, JSON.stringify(shown))
    assert.equal((await change(id)).json["code"], "card_not_updatable")
  })

  // proves 32.bot-cards: 5 s later
  test("a card is changed for 5 s after the press: later 409, by our clock and by WeCom's", async () => {
    const name = await register()
    const id = await send(name, aCard("release-2"))
    await started().until(id, "sent")
    await press(name)
    await eventsOf(name, 1)
    started().simulator.advance(6)
    const late = await change(id)
    assert.deepEqual([late.status, late.json["code"]], [409, "card_expired"])
    assert.match(late.json["hint"], /5 seconds/)
  })

  test("fields that a robot's card does not have are refused: 422 names them", async () => {
    const id = await send(await register(), aCard("release-3"))
    const { status, json } = await change(id, { template_card: face, partyids: [2], atall: 1 })
    assert.equal(status, 422)
    const paths = (json["errors"] as { path: string }[]).map(({ path }) => path)
    assert.deepEqual(paths, ["/partyids", "/atall"])
  })

  // proves 32.bot-welcome: who comes in
  test("a member who comes in gets the welcome that is set, and none where none is", async () => {
    const name = await register()
    const { simulator } = started()
    const bot = `id-${name}-CANARY`
    await started().until(await send(name, text("连上")), "sent")
    simulator.say({ userid: "zhangsan", bot, msgtype: "event", event: "enter_chat" })
    await eventsOf(name, 1)
    const set = await started().request(`/v1/apps/${name}`, patch({ settings: { welcome_text: "您好，有事请讲" } }))
    assert.equal(set.json["settings"]?.welcome_text, "您好，有事请讲")
    const welcomes = async () => (await shownBy(name)).filter(({ msgtype }) => msgtype === "text")
    assert.deepEqual(await welcomes(), [])
    for (;;) {
      // The connection follows the setting a moment later.
      simulator.say({ userid: "zhangsan", bot, msgtype: "event", event: "enter_chat" })
      if ((await welcomes()).length > 0) break
      await sleep(20)
    }
    assert.deepEqual((await welcomes())[0], { msgtype: "text", text: { content: "您好，有事请讲" } })
    const alerts = await started().request("/v1/apps/alerts", patch({ settings: { welcome_text: "x" } }))
    assert.deepEqual([alerts.status, alerts.json["errors"]?.[0]?.path], [422, "/settings/welcome_text"])
    const long = await started().request(`/v1/apps/${name}`, patch({ settings: { welcome_text: "好".repeat(683) } }))
    assert.equal(long.status, 422)
  })

  // proves 32.bot-gateway: in doubt, and never repeated
  test("a message whose answer was lost is in doubt, and was sent once", async () => {
    const name = await register()
    started().simulator.fault({ path: "aibot_send_msg", kind: "reset_after", match: "一次" })
    const id = await send(name, text("一次"))
    await started().until(id, "in_doubt")
    await started().until(await send(name, text("二")), "sent")
    assert.equal((await shownBy(name)).filter(({ markdown }) => markdown.content === "一次").length, 1)
  })

  // proves 32.bot-gateway: another program takes the robot
  test("a robot that another program has taken is paused, says so, and sends nothing meanwhile", async () => {
    const name = await register()
    await started().until(await send(name, text("先")), "sent")
    const { url } = started().simulator
    const address = new URL(`${url.replace("http", "ws")}/_bot`)
    const bot = { botId: `id-${name}-CANARY`, secret: SECRET, url: address, clock: systemClock }
    using _other = await BotConnection.open(bot)
    const id = await send(name, text("后"))
    let pause: { errmsg: string } | null = null
    while (pause === null) pause = (await started().request(`/v1/apps/${name}`)).json["pause"]
    assert.match(pause.errmsg, /another program/)
    const { problem } = (await started().request(`/v1/messages/${id}`)).json
    assert.equal(problem.code, "bot_taken")
    assert.equal((await shownBy(name)).length, 1)
  })

  test("a wrong secret pauses it with WeCom's code, and the right one ends the pause", async () => {
    const name = await register({ secret: "wrong-CANARY" })
    const id = await send(name, text("你好"))
    let pause: { errcode: number } | null = null
    while (pause === null) pause = (await started().request(`/v1/apps/${name}`)).json["pause"]
    assert.equal(pause.errcode, 40001)
    const changed = await started().request(`/v1/apps/${name}`, patch({ secret: SECRET }))
    assert.equal(changed.status, 200)
    await started().until(id, "sent")
  })

  // proves 32.bot-log-in: seen though nothing is sent
  test("one that cannot sign in is paused before anything is sent by it, and no longer once it can", async () => {
    const name = await register({ secret: "wrong-CANARY" })
    type Status = { apps: { name: string; pause: { errcode: number } | null }[] }
    const pauseOf = async (): Promise<{ errcode: number } | null | undefined> => {
      const { apps } = (await started().request("/v1/status")).json as Status
      return apps.find((app) => app.name === name)?.pause
    }
    while ((await pauseOf()) === null) await sleep(20)
    assert.equal((await pauseOf())?.errcode, 40001)
    assert.equal((await started().request(`/v1/apps/${name}`, patch({ secret: SECRET }))).status, 200)
    await started().until(await send(name, text("你好")), "sent")
    assert.equal(await pauseOf(), null)
  })

  // proves 32.bot-gateway: two names of a robot
  test("two names of one robot share its one connection, and one of them can go", async () => {
    const connects = async (): Promise<number> => {
      const answer = await fetch(`${started().simulator.url}/_sim/calls`)
      const { calls } = (await answer.json()) as { calls: { path: string }[] }
      return calls.filter(({ path }) => path.endsWith("/aibot_subscribe")).length
    }
    const before = await connects()
    const name = await register()
    const bot = { kind: "bot", bot_id: `id-${name}-CANARY`, secret: SECRET }
    assert.equal((await started().request("/v1/apps", post({ name: `${name}-too`, ...bot }))).status, 201)
    for (const app of [name, `${name}-too`]) await started().until(await send(app, text(app)), "sent")
    assert.equal((await connects()) - before, 1)
    assert.equal((await started().request(`/v1/apps/${name}`, { method: "DELETE" })).status, 204)
    await started().until(await send(`${name}-too`, text("left")), "sent")
    assert.equal((await shownBy(name)).length, 3)
  })

  // proves 32.bot-gateway: bot id and secret are shown by no answer
  test("bot id and secret are in no answer and no line of the log", async () => {
    const name = await register()
    await started().until(await send(name, text("你好")), "sent")
    for (const path of [`/v1/apps/${name}`, "/v1/apps", "/v1/audit"]) {
      assert.doesNotMatch(JSON.stringify((await started().request(path)).json), /CANARY/)
    }
    assert.doesNotMatch(started().logLines.join("\n"), /CANARY/)
  })

  test("what a robot cannot send is refused when it comes: 422 names the field", async () => {
    const app = await register()
    const to = { users: ["zhangsan"] }
    for (const [message, path, code] of [
      [{ to, ...text("*".repeat(10_241)) }, "/text/content", "too_long"],
      [{ to, msgtype: "text" }, "/text/content", "required"],
      [{ to, msgtype: "markdown", markdown: { content: "a".repeat(20_481) } }, "/markdown/content", "too_long"],
      [{ to, msgtype: "textcard", textcard: {} }, "/msgtype", "not_allowed"],
      [{ to: { mobiles: ["13800000001"] }, ...text("x") }, "/to", "not_supported"],
      [{ to: { departments: [2] }, ...text("x") }, "/to", "not_supported"],
      [{ to, ...text("x"), enable_duplicate_check: 1 }, "/enable_duplicate_check", "not_supported"],
    ] as const) {
      const { status, json } = await started().request("/v1/messages", post({ app, ...message }))
      assert.equal(status, 422, JSON.stringify([message, json]).slice(0, 500))
      const { errors } = json as { errors: { path: string; code: string }[] }
      assert.ok(
        errors.some((error) => error.path === path && error.code === code),
        JSON.stringify(errors),
      )
    }
  })

  for (const [title, body, path, code] of [
    ["no bot id", { secret: "s" }, "/bot_id", "required"],
    ["no secret", { bot_id: "b" }, "/secret", "required"],
    ["a corp id beside them", { bot_id: "b", secret: "s", corp_id: "ww1" }, "/corp_id", "not_allowed"],
  ] as const) {
    test(`${title} registers no robot: 422 names the field`, async () => {
      const { status, json } = await started().request("/v1/apps", post({ name: "bad", kind: "bot", ...body }))
      assert.deepEqual([status, json["errors"][0].path, json["errors"][0].code], [422, path, code])
    })
  }
})
