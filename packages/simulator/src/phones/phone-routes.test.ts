import assert from "node:assert/strict"
import { test } from "node:test"
import { HR, simClient, type SimClient } from "../testing/sim-client.ts"

const url = (client: SimClient, path: string): string => client.sim.url + path

interface PageEvent {
  readonly name: string
  readonly data: unknown
}

/** Listens as an open page does. */
async function openPage(client: SimClient, userid: string, lang = "zh") {
  const stop = new AbortController()
  const response = await fetch(url(client, `/_sim/events?userid=${userid}&lang=${lang}`), { signal: stop.signal })
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
  return {
    response,
    next,
    /** Passes over other events. */
    async nextNamed(wanted: string): Promise<unknown> {
      for (;;) {
        const { name, data } = await next()
        if (name === wanted) return data
      }
    },
    [Symbol.dispose]: () => stop.abort(),
  }
}

test("the page is served under a policy that lets nothing of others run, in the language the browser asks for", async () => {
  await using client = await simClient()
  for (const [accept, language, title] of [
    ["zh-CN,zh;q=0.9", "zh-CN", "企业微信模拟器"],
    ["en-US", "en", "WeCom simulator"],
  ] as const) {
    const response = await fetch(url(client, "/"), { headers: { "Accept-Language": accept } })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8")
    assert.equal(response.headers.get("x-content-type-options"), "nosniff")
    assert.match(
      response.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https: http:;/,
    )
    const page = await response.text()
    assert.match(page, new RegExp(`<html lang="${language}"`))
    assert.match(page, new RegExp(`<title>${title}</title>`))
    assert.doesNotMatch(page, /<script>|\sstyle=|\son\w+=/)
  }
})

test("the page's language can be switched whatever the browser asks for", async () => {
  await using client = await simClient()
  const page = await (await fetch(url(client, "/?lang=zh"), { headers: { "Accept-Language": "en" } })).text()
  assert.match(page, /<html lang="zh-CN"[^]*href="\?lang=en"/)
})

test("everything the page loads comes from the simulator", async () => {
  await using client = await simClient()
  const page = await (await fetch(url(client, "/"))).text()
  const loaded = Array.from(page.matchAll(/(?:src|href)="(\/[^"]*)"/g), ([, path = ""]) => path)
  assert.deepEqual(loaded, ["/phones.css", "/phones.js"])
  for (const path of loaded) {
    const response = await fetch(url(client, path))
    assert.equal(response.status, 200)
    assert.match(response.headers.get("content-type") ?? "", /^text\/(css|javascript); charset=utf-8$/)
    assert.equal(response.headers.get("x-content-type-options"), "nosniff")
    assert.doesNotMatch(await response.text(), /https?:\/\//)
  }
})

test("members come a page at a time, with what the list shows of them", async () => {
  await using client = await simClient({ members: 3 })
  const read = async (query: string): Promise<unknown> => (await fetch(url(client, `/_sim/members?${query}`))).json()
  assert.deepEqual(await read("query=研发&limit=3&after=zhangsan"), {
    total: 6,
    next: "m000001",
    members: [
      { userid: "lisi", name: "李四", mobile: "13800000002", departments: ["研发部"], licensed: true },
      { userid: "unlicensed", name: "无许可", mobile: "13800000008", departments: ["研发部"], licensed: false },
      { userid: "m000001", name: "成员000001", mobile: "13900000001", departments: ["研发部"], licensed: true },
    ],
  })
})

test("a nonsensical limit brings a page all the same", async () => {
  await using client = await simClient({ members: 1500 })
  for (const [limit, length] of [
    ["0", 100],
    ["-1", 1],
    ["x", 100],
    ["1e9", 1000],
  ] as const) {
    const page = (await (await fetch(url(client, `/_sim/members?limit=${limit}`))).json()) as { members: unknown[] }
    assert.equal(page.members.length, length, limit)
  }
})

test("a page is told first how the phone looks; an empty one says what to run for that very member", async () => {
  await using client = await simClient()
  using page = await openPage(client, "ZHANGSAN")
  assert.equal(page.response.headers.get("content-type"), "text/event-stream")
  const { name, data } = await page.next()
  assert.equal(name, "phone")
  const phone = data as { name: string; details: string; html: string }
  assert.deepEqual([phone.name, phone.details], ["张三", "zhangsan · 13800000001 · 研发部"])
  assert.match(phone.html.replaceAll(/<[^>]*>/g, ""), /npx wecom-push send --mobile 13800000001 --text "你好"/)
})

test("a member without a mobile is sent to by userid; somebody unknown is called so", async () => {
  await using client = await simClient()
  await client.org(({ members: [first] }) => delete first?.["mobile"])
  for (const [userid, text] of [
    ["zhangsan", /--user zhangsan/],
    ["<nobody>", /The organisation has no such member/],
  ] as const) {
    using page = await openPage(client, encodeURIComponent(userid), "en")
    const { html } = (await page.nextNamed("phone")) as { html: string }
    assert.match(html.replaceAll(/<[^>]*>/g, ""), text)
  }
})

test("a message arrives on the open phone, and the other phones' owners are named", async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.send({ touser: "zhangsan|lisi", text: { content: "你好 <b>" } })
  const [item] = (await page.nextNamed("messages")) as { seq: number; html: string }[]
  assert.equal(item?.seq, (await client.copies("zhangsan"))[0]?.seq)
  assert.match(item?.html ?? "", /告警[^]*你好 &#60;b&#62;/)
  assert.deepEqual(await page.nextNamed("arrived"), ["zhangsan", "lisi"])
})

test("what arrives elsewhere does not appear on the open phone", async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.send({ touser: "lisi" })
  assert.deepEqual(await page.next(), { name: "arrived", data: ["lisi"] })
})

test("recalling a message and changing a card are shown at once, under the same number", async () => {
  await using client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")

  const { msgid } = await client.send()
  const [sent] = (await page.nextNamed("messages")) as { seq: number; html: string }[]
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  const [recalled] = (await page.nextNamed("messages")) as { seq: number; html: string }[]
  assert.equal(recalled?.seq, sent?.seq)
  assert.match(recalled?.html ?? "", /已撤回/)

  const { response_code } = await client.send({
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "deploy",
      main_title: { title: "发布？" },
      button_list: [{ text: "同意", key: "yes" }],
    },
  })
  const [card] = (await page.nextNamed("messages")) as { seq: number; html: string }[]
  const change = { userids: ["zhangsan"], agentid: 1000002, response_code, button: { replace_name: "已同意" } }
  await client.post("message/update_template_card", { access_token: await client.token() }, change)
  const [changed] = (await page.nextNamed("messages")) as { seq: number; html: string }[]
  assert.equal(changed?.seq, card?.seq)
  assert.match(changed?.html ?? "", /已同意[^]*卡片已更新/)
})

test("a phone opened later shows its messages in order, of every app", async () => {
  await using client = await simClient()
  await client.send({ touser: "lisi", text: { content: "一" } })
  await client.send({ touser: "lisi", text: { content: "二" } }, HR)
  using page = await openPage(client, "lisi")
  const { html } = (await page.nextNamed("phone")) as { html: string }
  assert.match(html, /告警[^]*一[^]*人事[^]*二/)
})

test("a phone with very many messages shows the newest and says where the others are", async () => {
  await using client = await simClient({ settings: { limits: { member_per_minute: null, member_per_hour: null } } })
  for (let n = 1; n <= 201; n++) await client.send({ text: { content: `Nr. ${n}!` } })
  using page = await openPage(client, "zhangsan")
  const { html } = (await page.nextNamed("phone")) as { html: string }
  assert.equal(html.match(/data-seq/g)?.length, 200)
  assert.doesNotMatch(html, /Nr\. 1!/)
  assert.match(html, /Nr\. 201!/)
  assert.match(html, /更早的消息见 <code>\/_sim\/messages\?userid=zhangsan/)
})

test("after a reset the page is told to begin anew", async () => {
  await using client = await simClient()
  await client.send()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.control("POST", "reset")
  assert.deepEqual(await page.next(), { name: "reset", data: null })
  const { html } = (await page.nextNamed("phone")) as { html: string }
  assert.match(html, /class="empty"/)
})

test("a simulator with pages open closes at once", { timeout: 5000 }, async () => {
  const client = await simClient()
  using page = await openPage(client, "zhangsan")
  await page.nextNamed("phone")
  await client.sim.close()
  await assert.rejects(page.next())
})
