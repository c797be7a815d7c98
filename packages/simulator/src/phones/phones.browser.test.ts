import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { gzipSync } from "node:zlib"
import type { BrowserContextOptions, Page } from "playwright-core"
import { startSimulator, type SimulatorOptions } from "../start-simulator.ts"
import { shared } from "../../../../tools/testing/shared.ts"
import { inBrowser, openBrowser, until } from "../testing/browser.ts"
import { MENU, SELECTS, sendCard, toldTo, VOTE } from "../testing/cards.ts"
import { ALERTS, HR, simClient, type SimClient } from "../testing/sim-client.ts"
import { violationsIn } from "../testing/violations.ts"

const browser = shared(async (resources) => resources.use(await openBrowser()))

const opened: Page[] = []
/** The errors that the browser itself reports for a failure that a test causes. */
let expectedErrors: RegExp | undefined
afterEach(() => {
  const errors = browser()
    .errors.splice(0)
    .filter((error) => expectedErrors?.test(error) !== true)
  expectedErrors = undefined
  assert.deepEqual(errors, [])
})

/** Its pages are closed first, because they would report the lost connection. */
async function simulator(options: SimulatorOptions = {}): Promise<SimClient> {
  const client = await simClient(options)
  const close = async (): Promise<void> => {
    for (const page of opened.splice(0)) await page.context().close()
    await client[Symbol.asyncDispose]()
  }
  return { ...client, [Symbol.asyncDispose]: close }
}

async function openAt(url: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser().open(url, options)
  opened.push(page)
  return page
}

const NO_LIMITS = { settings: { limits: { member_per_minute: null, member_per_hour: null } } }
const NARROW: BrowserContextOptions = { viewport: { width: 360, height: 740 } }

const open = (client: SimClient, path: string, options?: BrowserContextOptions): Promise<Page> =>
  openAt(client.sim.url + path, options)
const phoneOf = (page: Page) => page.getByRole("region", { name: /^(?:Phone of|.*的手机)/ })
const messagesOn = (page: Page) => page.getByRole("region", { name: /^(?:Messages|消息)$/ })

// proves 4.test 1: a message appears
test("a message appears live on the open phone, and is read out", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/?lang=zh&user=zhangsan")
  await phoneOf(page).getByText("这部手机还没有收到消息").waitFor()
  await client.send({ text: { content: "磁盘 91%" } })
  await messagesOn(page).getByText("磁盘 91%").waitFor()
  assert.equal(await page.locator("[aria-live=polite]").last().textContent(), "告警：磁盘 91%")
})

test("what arrives elsewhere puts its member at the top, with a number until it is opened", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/?lang=en&user=zhangsan")
  const first = page.getByRole("navigation", { name: "Members" }).getByRole("link").first()
  await first.getByText("张三").waitFor()
  // The list is there before the page follows its phone; only messages after that are counted.
  await phoneOf(page).getByText("No message on this phone yet").waitFor()
  await client.send({ touser: "WangWu", text: { content: "一" } })
  await client.send({ touser: "WangWu", text: { content: "二" } })
  await first.getByText("2 new").waitFor()
  await first.getByText("二", { exact: true }).waitFor()
  assert.match((await first.textContent()) ?? "", /王五/)
  await first.click()
  await messagesOn(page).getByText("一").waitFor()
  await first.getByText("2 new").waitFor({ state: "detached" })
  assert.match(page.url(), /user=WangWu/)
})

// proves 4.7: the phones
test("a recalled message leaves a line, behind which it can still be read", inBrowser, async () => {
  await using client = await simulator()
  const { msgid } = await client.send({ text: { content: "发错了" } })
  const page = await open(client, "/?lang=zh&user=zhangsan")
  const messages = messagesOn(page)
  await messages.getByText("发错了").waitFor()
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  await messages.getByText("「告警」撤回了一条消息").waitFor()
  assert.equal(await messages.getByText("发错了").count(), 0)
  await messages.getByRole("button", { name: "查看原消息" }).click()
  await messages.getByText("发错了").waitFor()
})

test("what happens to a message is read out, as what it is, also when the same happens twice", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/?lang=zh&user=zhangsan")
  await phoneOf(page).getByText("这部手机还没有收到消息").waitFor()
  await page.evaluate(COUNT_ANNOUNCEMENTS)
  const readOut = async (text: string, times = 1): Promise<void> =>
    until(page, `readOut.filter((text) => text === ${JSON.stringify(text)}).length === ${times}`)
  await client.send({ text: { content: "心跳" } })
  await readOut("告警：心跳")
  const { msgid } = await client.send({ text: { content: "心跳" } })
  await readOut("告警：心跳", 2)
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  await readOut("「告警」撤回了一条消息")
  await readOut("告警：心跳", 2)
  const { code } = await sendCard(client)
  await readOut("告警：上线？")
  const dead = { atall: 1, agentid: ALERTS.agentid, response_code: code, button: { replace_name: "已同意" } }
  await client.post("message/update_template_card", { access_token: await client.token() }, dead)
  await readOut("「告警」更新了卡片：上线？")
})

const COUNT_ANNOUNCEMENTS = `
  globalThis.readOut = []
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const { textContent } of addedNodes) readOut.push(textContent)
  }).observe(Array.from(document.querySelectorAll("[aria-live=polite]")).at(-1), { childList: true })`

test("a card that the simulator forgot meanwhile cannot be pressed, and the page says so", inBrowser, async () => {
  await using client = await simulator({ settings: { keep: 1 } })
  expectedErrors = /404 \(Not Found\)/
  await sendCard(client)
  const page = await open(client, "/?lang=zh&user=zhangsan")
  await page.getByRole("button", { name: "同意", exact: true }).waitFor()
  await client.send({ text: { content: "更新的消息" } })
  await messagesOn(page).getByText("更新的消息").waitFor()
  await page.getByRole("button", { name: "同意", exact: true }).click()
  await messagesOn(page).locator(".mark.refused", { hasText: "消息" }).waitFor()
})

// proves 4.7: the phones
test("a card is reached from the list, filled in and pressed by keyboard alone", inBrowser, async () => {
  await using client = await simulator()
  await sendCard(client, VOTE)
  const page = await open(client, "/?lang=en&user=zhangsan")
  await page.getByRole("checkbox", { name: "食堂" }).waitFor()
  await page.getByRole("searchbox").focus()
  const goTo = async (selector: string): Promise<void> => {
    for (let steps = 0; steps < 20 && (await page.locator(`${selector}:focus`).count()) === 0; steps++) {
      await page.keyboard.press("Tab")
    }
  }
  await goTo('input[value="007"]')
  await page.keyboard.press("Space")
  await goTo(".wb-button")
  await page.keyboard.press("Enter")
  await page.getByText("The app has no callback URL").waitFor()
  const [told] = await toldTo(client)
  assert.deepEqual(told?.selected, { where: ["a", "007"] })
})

// proves 4.bad 8: a second press
// proves 4.bad 9: a press after the recall
test("a card pressed after it was recalled, and one pressed twice, say why nothing happens", inBrowser, async () => {
  await using client = await simulator()
  expectedErrors = /409 \(Conflict\)/
  const { msgid, code } = await sendCard(client)
  const page = await open(client, "/?lang=en&user=zhangsan")
  const agree = page.getByRole("button", { name: "同意", exact: true })
  await agree.waitFor()
  // The page must not know of the recall, or of the first press, before it presses.
  await page.route("**/click", async (route) => {
    await client.post("message/recall", { access_token: await client.token() }, { msgid })
    await route.continue()
  })
  await agree.click()
  await messagesOn(page).getByText("告警 recalled a message").waitFor()

  const second = await sendCard(client, { ...VOTE, task_id: "second" })
  await page.unroute("**/click")
  await page.route("**/click", async (route) => {
    const dead = { atall: 1, agentid: ALERTS.agentid, response_code: second.code, button: { replace_name: "已投票" } }
    await client.post("message/update_template_card", { access_token: await client.token() }, dead)
    await route.continue()
  })
  await page.getByRole("button", { name: "投票", exact: true }).click()
  await page.getByText("The buttons are dead: WeCom shows “已投票” in grey where they were.").waitFor()
  await page.getByText(/^Card updated \d\d:\d\d$/).waitFor()
  assert.notEqual(code, second.code)
})

// proves 4.7: the phones
test("of an organisation of 100,000 only the members in sight are in the page", inBrowser, async () => {
  await using client = await simulator({ members: 100_000 })
  const page = await open(client, "/?lang=en&user=zhangsan")
  const list = page.getByRole("navigation", { name: "Members" })
  await list.getByText("100,006 members").waitFor()
  await page.getByRole("searchbox").press("ArrowDown")
  await list.locator("a:focus").waitFor()
  await page.keyboard.press("End")
  await list.getByRole("link", { name: "成员100000" }).waitFor()
  assert.ok((await list.getByRole("listitem").count()) < 50)
  await page.getByRole("searchbox").fill("13900099999")
  await list.getByText("1 of 100,006 members").waitFor()
  await list.getByRole("link", { name: "成员099999" }).waitFor()
})

// proves 4.7: the phones
test("members are found by name, userid, mobile and department, and the search says how many", inBrowser, async () => {
  await using client = await simulator({ members: 2000 })
  const page = await open(client, "/?lang=en&user=zhangsan")
  const list = page.getByRole("navigation", { name: "Members" })
  await list.getByText("2,006 members").waitFor()
  for (const [query, name] of [
    ["王", "王五"],
    ["M001999", "成员001999"],
    ["13800000007", "零零七"],
    ["外勤部", "外勤"],
  ] as const) {
    await page.getByRole("searchbox").fill(query)
    await list.getByText(/^[12] of 2,006 members$/).waitFor()
    const found = list.getByRole("link", { name })
    await found.waitFor()
    // The row shows why the member was found.
    assert.ok((await found.textContent())?.toLowerCase().includes(query.toLowerCase()), query)
  }
  await page.getByRole("searchbox").fill("nobody")
  await list.getByText("No member found").waitFor()
})

test("the list is gone through by keyboard, to its very end and back to the search", inBrowser, async () => {
  await using client = await simulator({ members: 2000 })
  const page = await open(client, "/?lang=en&user=zhangsan")
  const eventually = (name: string) => page.locator(":focus").getByText(name, { exact: true }).waitFor()
  // Before the members have come the key has nowhere to go.
  await page.getByText("2,006 members").waitFor()
  await page.getByRole("searchbox").press("ArrowDown")
  await eventually("张三")
  await page.keyboard.press("ArrowDown")
  await eventually("李四")
  await page.keyboard.press("End")
  await eventually("成员002000")
  await page.keyboard.press("Home")
  await eventually("张三")
  await page.keyboard.press("ArrowDown")
  await eventually("李四")
  await page.keyboard.press("Enter")
  await phoneOf(page).getByRole("heading", { name: "李四" }).waitFor()
  await page.keyboard.press("Home")
  await page.keyboard.press("ArrowUp")
  await page.locator("input:focus").waitFor()
})

test("the first key leads past the list to the phone", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/?lang=en&user=zhangsan")
  await phoneOf(page).waitFor()
  await page.keyboard.press("Tab")
  assert.equal(await page.locator(":focus").textContent(), "Skip to the content")
  await page.keyboard.press("Enter")
  assert.equal(await page.locator(":focus").getAttribute("id"), "content")
})

test("another organisation and a reset are followed without loading the page anew", inBrowser, async () => {
  await using client = await simulator()
  await client.send({ text: { content: "旧消息" } })
  const page = await open(client, "/?lang=zh&user=zhangsan")
  await messagesOn(page).getByText("旧消息").waitFor()
  await client.org((org) => {
    org.members[0] = { ...org.members[0], userid: "zhangsan", name: "张三丰" }
    org.members.push({ userid: "new", name: "新同事", mobile: "13800000010", departments: [2] })
    org.apps[0] = { ...org.apps[0], agentid: ALERTS.agentid, name: "监控" }
  })
  await phoneOf(page).getByRole("heading", { name: "张三丰" }).waitFor()
  await page.getByRole("navigation", { name: "成员" }).getByText("新同事").waitFor()
  await messagesOn(page).getByText("监控").waitFor()

  await client.control("POST", "reset")
  await phoneOf(page).getByText("这部手机还没有收到消息").waitFor()
  await page.getByRole("navigation", { name: "成员" }).getByText("6 位成员").waitFor()
})

test("each app is a conversation of its own, chosen by its tab or by arrow keys", inBrowser, async () => {
  await using client = await simulator()
  await client.send({ touser: "lisi", text: { content: "来自告警" } })
  const page = await open(client, "/?lang=en&user=lisi")
  const messages = messagesOn(page)
  await messages.getByText("来自告警").waitFor()
  await page.getByRole("tab", { name: "告警" }).click()
  // A message that arrives while all apps are shown counts as read.
  await page.waitForURL(/[?&]app=/)
  await page.getByRole("tab", { name: "告警", selected: true }).waitFor()
  await messages.getByText("来自告警").waitFor()
  await client.send({ touser: "lisi", text: { content: "来自人事" } }, HR)
  await page.getByRole("tab", { name: "人事 1 new" }).waitFor()
  assert.equal(await messages.getByText("来自人事").count(), 0)
  await page.getByRole("tab", { name: "告警" }).press("ArrowRight")
  await messages.getByText("来自人事").waitFor()
  assert.equal(await messages.getByText("来自告警").count(), 0)
  assert.equal(new URL(page.url()).searchParams.get("app"), String(HR.agentid))
})

// proves 4.7: the phones
test(
  "what did not reach the phone is shown on request, with the reason; what never will is said at once",
  inBrowser,
  async () => {
    await using client = await simulator({ settings: { limits: { member_per_minute: 1 } } })
    await client.send({ text: { content: "第一条" } })
    const page = await open(client, "/?lang=zh&user=zhangsan")
    await messagesOn(page).getByText("第一条").waitFor()
    await client.send({ text: { content: "第二条" } })
    await page.getByRole("switch", { name: "1 条未送达" }).click()
    await messagesOn(page).getByText("未送达 · 超过频率限制").waitFor()
    await messagesOn(page).getByText("第二条").waitFor()

    const unlicensed = await open(client, "/?lang=zh&user=unlicensed")
    await unlicensed.getByText("该成员没有基础接口许可：企业微信不会投递任何应用消息").waitFor()
    const outside = await open(client, `/?lang=en&user=outsider&app=${HR.agentid}`)
    await outside.getByText("Outside the visible range of 人事").waitFor()
    const unknown = await open(client, "/?lang=en&user=nobody")
    await unknown.getByText("The organisation has no such member.").waitFor()
  },
)

test("a duplicate, and what an app may not send here, are shown on request with the reason", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/?lang=en&user=zhangsan&not_shown=1")
  await phoneOf(page).waitFor()
  const twice = { enable_duplicate_check: 1, text: { content: "只要一次" } }
  await client.send(twice)
  await client.send(twice)
  await messagesOn(page).getByText("Not shown on the phone · a duplicate").waitFor()
  assert.equal(await messagesOn(page).getByText("只要一次").count(), 2)
  await phoneOf(page).getByRole("switch", { name: "1 not shown" }).click()
  await messagesOn(page).getByText("a duplicate").waitFor({ state: "detached" })
  // Fails when there is more than one.
  await messagesOn(page).getByText("只要一次").waitFor()

  await client.send({ touser: "zhangsan|unlicensed|outsider", text: { content: "不是所有人" } })
  for (const [userid, reason] of [
    ["unlicensed", "no licence"],
    ["outsider", "outside the visible range"],
  ] as const) {
    const other = await open(client, `/?lang=en&user=${userid}&not_shown=1`)
    await messagesOn(other).getByText(`Not shown on the phone · ${reason}`).waitFor()
    await messagesOn(other).getByText("不是所有人").waitFor()
  }
})

// proves 4.7: the phones
test("the language is that of the browser, and switching it keeps the phone that is looked at", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/?user=zhangsan", { locale: "zh-CN" })
  await page.getByRole("heading", { name: "企业微信模拟器" }).waitFor()
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN")
  await page.getByRole("link", { name: "English" }).click()
  await page.getByRole("region", { name: "Phone of 张三" }).waitFor()
  assert.equal(await page.title(), "WeCom simulator")
  assert.match(page.url(), /\?user=zhangsan&lang=en$/)
  await page.reload()
  await page.getByRole("region", { name: "Phone of 张三" }).waitFor()
})

// proves 4.7: the phones
test("on a narrow screen the list and the phone are two views, and nothing sticks out", inBrowser, async () => {
  await using client = await simulator()
  await client.send({ text: { content: "很长的一行".repeat(20) } })
  const page = await open(client, "/?lang=zh", NARROW)
  const list = page.getByRole("navigation", { name: "成员" })
  assert.equal(await phoneOf(page).count(), 0)
  await list.getByRole("link", { name: "张三" }).click()
  await messagesOn(page).waitFor()
  assert.equal(await list.isVisible(), false)
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360)
  await page.getByRole("button", { name: "成员信息" }).click()
  await phoneOf(page).getByText("zhangsan@example.com").waitFor()
  await page.getByRole("link", { name: "返回成员列表" }).click()
  await list.getByRole("link", { name: "张三" }).waitFor()
})

test("the menu of the newest card opens in sight, though there is no room below", inBrowser, async () => {
  await using client = await simulator(NO_LIMITS)
  for (let n = 1; n <= 20; n++) await client.send({ text: { content: `第 ${n} 条` } })
  const actions = ["静音一小时", "静音一天", "不再通知"].map((text, key) => ({ text, key: String(key) }))
  await sendCard(client, { ...MENU, action_menu: { desc: "选项", action_list: actions } })
  const page = await open(client, "/?lang=zh&user=zhangsan")
  await page.getByRole("button", { name: /更多操作/ }).click()
  const [frame, last] = [messagesOn(page), page.getByRole("button", { name: "不再通知" })]
  await last.waitFor()
  const [outer, inner] = await Promise.all([frame.boundingBox(), last.boundingBox()])
  assert.ok(outer && inner && inner.y + inner.height <= outer.y + outer.height, `${inner?.y} in ${outer?.height}`)
})

test("older messages that come while one reads leave what is read where it is", inBrowser, async () => {
  await using client = await simulator(NO_LIMITS)
  for (let n = 1; n <= 120; n++) await client.send({ text: { content: `第 ${n} 条` } })
  const page = await open(client, "/?lang=zh&user=zhangsan")
  const messages = messagesOn(page)
  await messages.getByText("第 120 条").waitFor()
  const gate = Promise.withResolvers<void>()
  await page.route("**/timeline?*", (route) => gate.promise.then(() => route.continue()))
  await messages.press("Home")
  await messages.getByText("正在加载更早的消息").waitFor()
  const oldest = messages.getByText("第 71 条")
  await oldest.waitFor()
  const before = await oldest.boundingBox()
  gate.resolve()
  await messages.getByText("第 70 条").waitFor({ state: "attached" })
  const after = await oldest.boundingBox()
  assert.ok(before && after && Math.abs(before.y - after.y) <= 2, `${before?.y} → ${after?.y}`)
})

test(
  "older messages are read on by scrolling, to the first; new ones are counted until one goes to them",
  inBrowser,
  async () => {
    await using client = await simulator(NO_LIMITS)
    for (let n = 1; n <= 300; n++) await client.send({ text: { content: `第 ${n} 条` } })
    const page = await open(client, "/?lang=zh&user=zhangsan")
    const messages = messagesOn(page)
    await messages.getByText("第 300 条").waitFor()
    await messages.focus()
    const first = messages.getByText("第 1 条", { exact: true })
    for (let tries = 0; tries < 200 && (await first.count()) === 0; tries++) await page.keyboard.press("Home")
    await first.waitFor()
    await messages.getByText("没有更早的消息了").waitFor()

    await client.send({ text: { content: "第 301 条" } })
    await page.getByRole("button", { name: "1 条新消息" }).click()
    await messages.getByText("第 301 条").waitFor()
    await client.send({ text: { content: "第 302 条" } })
    await messages.getByText("第 302 条").waitFor()
  },
)

test("what is filled in on a card is still there when it comes back into sight", inBrowser, async () => {
  await using client = await simulator(NO_LIMITS)
  await sendCard(client, VOTE)
  for (let n = 1; n <= 40; n++) await client.send({ text: { content: `第 ${n} 条` } })
  const page = await open(client, "/?lang=zh&user=zhangsan")
  const messages = messagesOn(page)
  await messages.getByText("第 40 条").waitFor()
  await messages.focus()
  const box = messages.getByRole("checkbox", { name: "食堂" })
  for (let tries = 0; tries < 50 && (await box.count()) === 0; tries++) await page.keyboard.press("Home")
  await box.check()
  await page.getByRole("button", { name: "回到最新消息" }).click()
  await messages.getByText("第 40 条").waitFor()
  assert.equal(await box.isChecked(), true)
})

test("a simulator that was away and is back is found again, whatever it forgot", inBrowser, async () => {
  await using first = await startSimulator({ port: 0 })
  expectedErrors = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/
  const page = await openAt(`${first.url}/?lang=en&user=zhangsan`)
  await phoneOf(page).getByText("No message on this phone yet").waitFor()
  await first.close()
  await page.getByText("The simulator does not answer. Trying again…").waitFor()
  await using client = await simulator({ port: first.port })
  await client.send({ text: { content: "wieder da" } })
  await messagesOn(page).getByText("wieder da").waitFor()
  assert.equal(await page.getByText("The simulator does not answer.").count(), 0)
})

test("pictures and files are those that were uploaded", inBrowser, async () => {
  await using client = await simulator()
  await client.send({ msgtype: "image", image: { media_id: await client.mediaId("image") } })
  await client.send({ msgtype: "file", file: { media_id: await client.mediaId("file") } })
  const page = await open(client, "/?lang=en&user=zhangsan")
  const picture = messagesOn(page).locator("img")
  await picture.waitFor()
  await until(page, 'document.querySelector(".timeline img").naturalWidth === 1')
  const file = messagesOn(page).getByRole("link", { name: "a.bin 18B" })
  const [download] = await Promise.all([page.waitForEvent("download"), file.click()])
  assert.equal(download.suggestedFilename(), "a.bin")
})

// proves 4.speed 3: the script of the page
test(
  "the script of the phones, with all that any message needs, is less than 150 kB compressed",
  inBrowser,
  async () => {
    await using client = await simulator()
    await client.send({ msgtype: "markdown", markdown: { content: "**a**" } })
    await sendCard(client, SELECTS)
    const page = await openAt("about:blank")
    const sizes: Promise<number>[] = []
    page.on("response", (response) => {
      if (response.url().endsWith(".js")) sizes.push(response.body().then((body) => gzipSync(body).length))
    })
    await page.goto(`${client.sim.url}/?user=zhangsan`)
    await messagesOn(page).locator("strong", { hasText: "a" }).waitFor()
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    assert.ok(sizes.length >= 2 && bytes < 150_000, `${bytes} bytes`)
  },
)

/** The views, each with what is visible when it is complete. */
const VIEWS = [
  ["/?lang=en&user=zhangsan&not_shown=1", "over the rate", {}],
  ["/?lang=zh&user=zhangsan&not_shown=1", "超过频率限制", { colorScheme: "dark" }],
  ["/?lang=zh&user=outsider&app=1000003", "还没有收到「人事」的消息", {}],
  ["/?lang=zh", "张三", NARROW],
  ["/?lang=en&user=zhangsan", "周报", { ...NARROW, colorScheme: "dark" }],
  ["/gallery?lang=en", "Markdown", {}],
  ["/panel?lang=zh", "控制台", {}],
] as const satisfies readonly (readonly [string, string, BrowserContextOptions])[]

// proves 4.test 5: accessibility
test("no view has a serious fault for those who do not see it, or see it badly", inBrowser, async () => {
  await using client = await simulator({ settings: { limits: { member_per_minute: 6 } } })
  const { msgid } = await client.send({ text: { content: "撤回" } })
  await client.post("message/recall", { access_token: await client.token() }, { msgid })
  await client.send({ safe: 1, text: { content: '<a href="https://a.example">查看</a>' } })
  for (const card of [VOTE, SELECTS, MENU]) await sendCard(client, card)
  for (let n = 0; n < 3; n++) await client.send({ text: { content: "多了" } })
  for (const [path, seen, options] of VIEWS) {
    const page = await open(client, path, options)
    await page.getByText(seen).first().waitFor()
    const violations = await violationsIn(page)
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    assert.deepEqual(
      grave.map(({ id, nodes }) => [id, nodes[0]?.html]),
      [],
      path,
    )
  }
})
