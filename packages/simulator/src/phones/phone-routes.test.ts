import assert from "node:assert/strict"
import { test } from "node:test"
import { sendCard } from "../testing/cards.ts"
import { ALERTS, HR, ROOT, simClient, type SimClient } from "../testing/sim-client.ts"
import type { MemberPage, PhoneView, TimelineChanges } from "./feed-events.ts"

const url = (client: SimClient, path: string): string => client.sim.url + path

interface PageEvent {
  readonly name: string
  readonly data: unknown
}

/** Listens as an open page does. */
async function openPage(client: SimClient, userid: string) {
  const stop = new AbortController()
  const response = await fetch(url(client, `/_sim/events?userid=${userid}`), { signal: stop.signal })
  assert.ok(response.body)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let received = ""
  const next = async (): Promise<PageEvent> => {
    for (;;) {
      const [, event, name = "", data = "", rest = ""] =
        /^((?:event: (.*)\ndata: (.*))\n\n)([^]*)$/.exec(received) ?? []
      if (event !== undefined) {
        received = rest
        return { name, data: JSON.parse(data) }
      }
      const { done, value } = await reader.read()
      if (done) throw new Error("the simulator ended the events")
      received += value
    }
  }
  const nextNamed = async (wanted: string): Promise<unknown> => {
    for (;;) {
      const { name, data } = await next()
      if (name === wanted) return data
    }
  }
  return {
    response,
    next,
    /** Passes over other events. */
    nextNamed,
    nextEntries: async () => ((await nextNamed("changes")) as TimelineChanges).entries,
    [Symbol.dispose]: () => stop.abort(),
  }
}

test("the page and everything it loads come from the simulator, and nothing in it is inline", async () => {
  await using client = await simClient()
  const page = await (await fetch(url(client, "/"))).text()
  assert.doesNotMatch(page, /<script>|<style|\sstyle=|\son\w+=/)
  const loaded = Array.from(page.matchAll(/(?:src|href)="([^"]*)"/g), ([, path = ""]) => path)
  assert.ok(loaded.length >= 3)
  for (const path of loaded) {
    assert.match(path, /^\/assets\//)
    const response = await fetch(url(client, path))
    assert.equal(response.status, 200)
    assert.equal(response.headers.get("x-content-type-options"), "nosniff")
  }
})

test("members come a stretch at a time, with what the list shows of them", async () => {
  await using client = await simClient({ members: 3 })
  await client.send({ touser: "lisi", text: { content: "你好" } })
  const read = async (query: string): Promise<MemberPage> =>
    (await (await fetch(url(client, `/_sim/members?${query}`))).json()) as MemberPage
  const { total, of, members } = await read("query=研发&limit=2&offset=0")
  assert.deepEqual([total, of], [6, 9])
  assert.deepEqual(
    members.map(({ userid, latest }) => [userid, latest?.preview]),
    [
      ["lisi", "你好"],
      ["zhangsan", undefined],
    ],
  )
  assert.deepEqual((await read("query=unlicensed")).members, [
    {
      userid: "unlicensed",
      name: "无许可",
      mobile: "13800000008",
      email: "",
      departments: ["研发部"],
      licensed: false,
      latest: null,
    },
  ])
})

test("the list follows what is sent, recalled and reset", async () => {
  await using client = await simClient()
  const first = async (): Promise<unknown> => {
    const { members } = (await (await fetch(url(client, "/_sim/members"))).json()) as MemberPage
    return [members[0]?.userid, members[0]?.latest?.recalled]
  }
  assert.deepEqual(await first(), ["zhangsan", undefined])
  const { msgid } = await client.send({ touser: "WangWu" })
  assert.deepEqual(await first(), ["WangWu", false])
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  assert.deepEqual(await first(), ["WangWu", true])
  await client.control("POST", "reset")
  assert.deepEqual(await first(), ["zhangsan", undefined])
})

test("a nonsensical limit or offset brings a stretch all the same", async () => {
  await using client = await simClient({ members: 1500 })
  for (const [query, length] of [
    ["limit=0", 100],
    ["limit=-1", 1],
    ["limit=x", 100],
    ["limit=1e9", 1000],
    ["offset=-5", 100],
    ["offset=x", 100],
    ["offset=1e9", 0],
  ] as const) {
    const page = (await (await fetch(url(client, `/_sim/members?${query}`))).json()) as MemberPage
    assert.equal(page.members.length, length, query)
  }
})

test("a page first gets how the phone looks, whatever the case of the userid", async () => {
  await using client = await simClient()
  using page = await openPage(client, "ZHANGSAN")
  assert.equal(page.response.headers.get("content-type"), "text/event-stream")
  const { name, data } = await page.next()
  assert.equal(name, "phone")
  const { member, timeline } = data as PhoneView
  assert.deepEqual([member?.userid, member?.name, member?.departments], ["zhangsan", "张三", ["研发部"]])
  assert.deepEqual(timeline, { entries: [], before: null })
})

test("an unknown userid has no member to show", async () => {
  await using client = await simClient()
  using page = await openPage(client, encodeURIComponent("<nobody>"))
  assert.equal(((await page.nextNamed("phone")) as PhoneView).member, null)
})

test("a message arrives on the open phone, and the other phones' owners are named", async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.send({ touser: "zhangsan|lisi", text: { content: "你好 <b>" } })
  const [entry] = await page.nextEntries()
  assert.deepEqual(entry?.message, { msgtype: "text", text: { content: "你好 <b>" } })
  assert.deepEqual(await page.nextNamed("arrived"), [
    { userid: "zhangsan", conversation: ALERTS.agentid, count: 1 },
    { userid: "lisi", conversation: ALERTS.agentid, count: 1 },
  ])
})

test("what arrives elsewhere does not appear on the open phone", async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.send({ touser: "lisi" })
  assert.equal((await page.next()).name, "arrived")
})

test("recalling a message and changing a card are shown at once, as the same entry", async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")

  const { msgid } = await client.send()
  const [sent] = await page.nextEntries()
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  const [recalled] = await page.nextEntries()
  assert.equal(recalled?.turn, sent?.turn)
  assert.ok(recalled?.kind === "shown" && recalled.recalled === true)

  const { code } = await sendCard(client)
  const [card] = await page.nextEntries()
  const button = { replace_name: "已同意" }
  const change = { userids: ["zhangsan"], agentid: ALERTS.agentid, response_code: code, button }
  await client.post("message/update_template_card", { access_token: await client.token() }, change)
  const [changed] = await page.nextEntries()
  assert.equal(changed?.turn, card?.turn)
  assert.ok(changed?.kind === "shown" && changed.updated_at !== undefined)
  assert.match(JSON.stringify(changed.message), /"replace_text":"已同意"/)
})

test("a phone opened later shows its newest messages in order, of every app, and where older ones are", async () => {
  await using client = await simClient({ settings: { limits: { member_per_minute: null, member_per_hour: null } } })
  for (let n = 1; n <= 60; n++) await client.send({ touser: "lisi", text: { content: `${n}` } }, n % 2 ? HR : ALERTS)
  using page = await openPage(client, "lisi")
  const { timeline } = (await page.nextNamed("phone")) as PhoneView
  assert.deepEqual(
    timeline.entries.map(({ preview }) => Number(preview)),
    Array.from({ length: 50 }, (_, index) => index + 11),
  )
  assert.equal(timeline.before, timeline.entries[0]?.turn)
})

test("after a reset the page begins anew", async () => {
  await using client = await simClient()
  await client.send()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.control("POST", "reset")
  assert.deepEqual(await page.next(), { name: "reset", data: null })
  assert.deepEqual(((await page.nextNamed("phone")) as PhoneView).timeline.entries, [])
})

test("a simulator with pages open closes at once", { timeout: 60_000 }, async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.sim.close()
  await assert.rejects(page.next())
})

test("the group of a robot is a conversation of its own", async () => {
  await using client = await simClient()
  await client.send()
  await client.post("webhook/send", { key: "sim-robot" }, { msgtype: "text", text: { content: "群里" } })
  const read = async (query: string): Promise<string[]> => {
    const response = await client.control("GET", `phones/zhangsan/timeline${query}`)
    const { entries } = (await response.json()) as { entries: { preview: string }[] }
    return entries.map(({ preview }) => preview)
  }
  assert.deepEqual(await read(""), ["你好", "群里"])
  assert.deepEqual(await read("?conversation=robot:sim-robot"), ["群里"])
  assert.deepEqual(await read(`?conversation=${ALERTS.agentid}`), ["你好"])
})

test("a group chat comes to its members' phones with its first message, and goes by the name it has", async () => {
  await using client = await simClient()
  using page = await openPage(client, "lisi")
  const tab = async () =>
    ((await page.nextNamed("phone")) as PhoneView).apps.find(({ conversation }) => conversation === "chat:simchat")
  assert.equal(await tab(), undefined)
  const query = { access_token: await client.token(ROOT) }
  await client.post("appchat/send", query, { chatid: "simchat", msgtype: "text", text: { content: "群里" } })
  assert.deepEqual(await tab(), {
    conversation: "chat:simchat",
    name: "值班群",
    enabled: true,
    visible: true,
    chat: { app: "全员", members: 2 },
  })
  await client.post("appchat/update", query, { chatid: "simchat", name: "夜班群" })
  assert.equal((await tab())?.name, "夜班群")
})
