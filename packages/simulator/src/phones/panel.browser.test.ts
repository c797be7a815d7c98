import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { BrowserContextOptions, Page } from "playwright-core"
import type { SimulatorOptions } from "../start-simulator.ts"
import { shared } from "../../../../tools/testing/shared.ts"
import { inBrowser, openBrowser } from "../testing/browser.ts"
import { CORP_ID, simClient, type SimClient } from "../testing/sim-client.ts"
import { violationsIn } from "../testing/violations.ts"

const browser = shared(async (resources) => resources.use(await openBrowser()))

const opened: Page[] = []
/** The errors that the browser itself reports for a refusal that a test causes. */
let expectedErrors: RegExp | undefined
afterEach(() => {
  const errors = browser()
    .errors.splice(0)
    .filter((error) => expectedErrors?.test(error) !== true)
  expectedErrors = undefined
  assert.deepEqual(errors, [])
})
const REFUSED = /400 \(Bad Request\)/
const GONE = /409 \(Conflict\)/
const AWAY = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/

async function simulator(options: SimulatorOptions = {}): Promise<SimClient> {
  const client = await simClient(options)
  const close = async (): Promise<void> => {
    for (const page of opened.splice(0)) await page.context().close()
    await client[Symbol.asyncDispose]()
  }
  return { ...client, [Symbol.asyncDispose]: close }
}

async function open(client: SimClient, path: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser().open(client.sim.url + path, options)
  opened.push(page)
  return page
}

const NARROW = { width: 360, height: 740 }
const told = (page: Page, text: string | RegExp) => page.locator(".told").getByText(text).waitFor()
/** Waits until the list has this many calls. */
const callsInSight = (page: Page, count: number) => page.locator(`.calls > li:last-child:nth-child(${count})`).waitFor()
const control = async (client: SimClient, path: string): Promise<Record<string, unknown>> =>
  (await (await client.control("GET", path)).json()) as Record<string, unknown>

test("the panel is a link away from the phones, and is fetched only then", inBrowser, async () => {
  await using client = await simulator()
  const scripts: string[] = []
  const page = await open(client, "/?lang=en&user=zhangsan")
  page.on("response", (response) => scripts.push(response.url()))
  await page.reload()
  await page.getByRole("region", { name: "Phone of 张三" }).waitFor()
  assert.equal(scripts.filter((url) => url.includes("/panel")).length, 0)
  await page.getByRole("link", { name: "Panel" }).click()
  await page.getByRole("heading", { name: "Calls" }).waitFor()
  await page.getByRole("link", { name: "Clock" }).click()
  await page.getByRole("heading", { name: "Clock", level: 2 }).waitFor()
  await page.getByRole("link", { name: "中文" }).click()
  await page.getByRole("heading", { name: "时钟", level: 2 }).waitFor()
  assert.match(page.url(), /\/panel\?lang=zh&section=clock$/)
  await page.goBack()
  await page.goBack()
  await page.getByRole("heading", { name: "Calls" }).waitFor()
})

// proves 4.7: the phones
test("a ready-made fault strikes the next call, and is then no longer to come", inBrowser, async () => {
  await using client = await simulator()
  const page = await open(client, "/panel?lang=en&section=faults")
  await page.getByText("None. Every call is answered as WeCom would.").waitFor()
  await page.getByRole("button", { name: "60020 once" }).click()
  await told(page, "Added: 60020 once")
  await page.getByRole("list", { name: "To come" }).getByText("errcode 60020").waitFor()
  await page.getByRole("link", { name: "Faults 1 to come" }).waitFor()
  assert.equal((await client.send()).errcode, 60020)
  await page.getByText("None. Every call is answered as WeCom would.").waitFor()
  assert.equal((await client.send()).errcode, 0)
})

test(
  "a fault of one's own is refused at its fields, and added by Enter when they are corrected",
  inBrowser,
  async () => {
    await using client = await simulator()
    expectedErrors = REFUSED
    const page = await open(client, "/panel?lang=zh&section=faults")
    const field = (name: string) => page.getByRole("textbox", { name, exact: true })
    await field("命中次数").fill("两次")
    await field("命中次数").press("Enter")
    const said = async (name: string): Promise<string | null> =>
      page.locator(`[id="${await field(name).getAttribute("aria-describedby")}"]`).textContent()
    await page.getByText("缺少此字段").waitFor()
    assert.deepEqual([await said("命中次数"), await said("errcode")], ["必须是不小于 1 的整数", "缺少此字段"])
    assert.equal(await field("errcode").getAttribute("aria-invalid"), "true")
    assert.deepEqual((await control(client, "faults"))["faults"], [])

    await field("命中次数").fill("2")
    await field("errcode").fill("45009")
    await field("并入应答的字段（JSON）").fill('{"hint"')
    await field("errcode").press("Enter")
    await page.getByText("必须是 JSON 对象，例如").waitFor()
    await field("并入应答的字段（JSON）").fill('{"hint":7}')
    await field("仅限包含此文字的调用").fill("磁盘")
    await field("errcode").press("Enter")
    await told(page, "已添加。")
    assert.equal((await client.send()).errcode, 0)
    const { errcode, hint } = await client.send({ text: { content: "磁盘 91%" } })
    assert.deepEqual([errcode, hint], [45009, 7])
  },
)

test("one fault is removed, and then all; one that is gone meanwhile is said to be", inBrowser, async () => {
  await using client = await simulator()
  expectedErrors = GONE
  const page = await open(client, "/panel?lang=en&section=faults")
  for (const name of ["60020 once", "Busy twice (-1)", "Slow by 10 s"]) {
    await page.getByRole("button", { name }).click()
    await told(page, `Added: ${name}`)
  }
  const kinds = async (): Promise<unknown[]> =>
    ((await control(client, "faults"))["faults"] as { kind: string; errcode?: number }[]).map(
      ({ kind, errcode }) => errcode ?? kind,
    )
  await page.getByRole("button", { name: "Remove message/send errcode -1" }).click()
  await told(page, "Removed.")
  assert.deepEqual(await kinds(), [60020, "slow"])
  // The page must not know of it before the press.
  await page.route("**/_sim/faults/remove", async (route) => {
    await client.control("DELETE", "faults")
    await route.continue()
  })
  await page.getByRole("button", { name: "Remove message/send slow" }).click()
  await page.getByText("This fault has met its last call, or was removed.").waitFor()
  await client.control("POST", "faults", { path: "*", kind: "hang_before", times: 9 })
  await page.getByRole("button", { name: "Remove all" }).click()
  await told(page, "All removed.")
  assert.deepEqual(await kinds(), [])
})

// proves 4.7: the phones
test("the clock is moved, and a token dies of it", inBrowser, async () => {
  await using client = await simulator()
  const access_token = await client.token()
  const answer = async (): Promise<number> =>
    (await client.get("agent/get", { access_token, agentid: "1000002" })).errcode
  const page = await open(client, "/panel?lang=en&section=clock")
  await page.getByText("In step with this machine").waitFor()
  await page.getByRole("button", { name: "1 hour", exact: true }).click()
  await page.getByText("1 hour ahead of this machine").waitFor()
  assert.equal(await answer(), 0)
  await page.getByRole("button", { name: "1 minute", exact: true }).click()
  await page.getByText("1 hour 1 minute ahead of this machine").waitFor()
  await page.getByRole("button", { name: "2 hours", exact: true }).click()
  await page.getByText("3 hours 1 minute ahead of this machine").waitFor()
  assert.equal(await answer(), 42001)
})

test("the clock takes a figure and a time of one's own, and says why it does not take others", inBrowser, async () => {
  await using client = await simulator()
  expectedErrors = REFUSED
  const page = await open(client, "/panel?lang=zh&section=clock", { timezoneId: "Asia/Shanghai" })
  const ahead = async (): Promise<number> => Number((await control(client, "clock"))["ahead_s"])
  const amount = page.getByRole("textbox", { name: "数值" })
  for (const bad of ["很久", "-1", ""]) {
    await amount.fill(bad)
    await amount.press("Enter")
    await page.getByText("必须是 0 到 3153600000 的数字").waitFor()
    assert.equal(await ahead(), 0)
  }
  await amount.fill("1.5")
  await page.getByRole("combobox", { name: "单位" }).selectOption("天")
  await amount.press("Enter")
  await page.getByText("比本机快 1 天 12 小时").waitFor()
  assert.equal(await ahead(), 129_600)

  const time = page.getByLabel("日期和时间")
  const set = page.getByRole("button", { name: "设定" })
  await set.click()
  await page.getByText("请选择日期和时间。").waitFor()
  await time.fill("2020-01-01T00:00:00")
  await set.click()
  await page.getByText("该时间早于模拟器的当前时间").waitFor()
  assert.equal(await ahead(), 129_600)
  await time.fill("2040-02-29T08:00:00")
  await set.click()
  await page.getByText("2040年2月29日星期三").waitFor()
  const now = Date.parse(String((await control(client, "clock"))["now"]))
  assert.ok(Math.abs(now - Date.parse("2040-02-29T08:00:00+08:00")) < 60_000)
})

// proves 4.7: the phones
test(
  "a setting is changed, which shows in the next answer, and all are put back after a question",
  inBrowser,
  async () => {
    await using client = await simulator()
    const tooLong = { text: { content: "长".repeat(700) } }
    assert.equal((await client.send(tooLong)).errcode, 0)
    const page = await open(client, "/panel?lang=en&section=settings")
    await page.getByRole("searchbox", { name: "Find a setting" }).fill("long text")
    await page.getByRole("combobox", { name: "long_text" }).selectOption("refuse · 45002")
    await told(page, "Saved: long_text")
    await page.getByText("Default: cut").waitFor()
    assert.equal((await client.send(tooLong)).errcode, 45002)

    await page.getByRole("searchbox", { name: "Find a setting" }).fill("")
    await page.getByRole("switch", { name: "repeat_token" }).click()
    await told(page, "Saved: repeat_token")
    assert.notEqual(await client.token(), await client.token())
    await page.getByRole("link", { name: "Settings 2 changed" }).waitFor()
    await page.getByRole("checkbox", { name: "Only what differs from the default" }).check()
    assert.equal(await page.locator(".setting").count(), 2)

    await page.getByRole("button", { name: "Set all back" }).click()
    await page.keyboard.press("Escape")
    assert.equal((await control(client, "settings"))["long_text"], "refuse")
    await page.getByRole("button", { name: "Set all back" }).click()
    await page.getByRole("dialog").getByText("Set 2 settings back to the default?").waitFor()
    await page.getByRole("button", { name: "Yes" }).click()
    await told(page, "All are at their default.")
    await page.getByText("No setting fits.").waitFor()
    assert.deepEqual(await control(client, "settings"), await control(client, "settings/defaults"))
  },
)

test(
  "a number that the simulator refuses is reported at the setting, and an empty field switches a limit off",
  inBrowser,
  async () => {
    await using client = await simulator()
    expectedErrors = REFUSED
    const page = await open(client, "/panel?lang=zh&section=settings")
    const keep = page.getByRole("textbox", { name: "keep", exact: true })
    for (const bad of ["0", "很多"]) {
      await keep.fill(bad)
      await keep.press("Enter")
      await page.locator(".problem").getByText("必须是不小于 1 的整数，或为 null").waitFor()
    }
    assert.equal((await control(client, "settings"))["keep"], 10_000)
    await page.getByRole("button", { name: "恢复 keep 的默认值" }).click()
    await page.locator(".problem").waitFor({ state: "detached" })
    assert.equal(await keep.inputValue(), "10000")
    assert.equal(await page.locator(":focus").inputValue(), "10000")

    const perMinute = page.getByRole("textbox", { name: "member_per_minute", exact: true })
    await perMinute.fill("7")
    await perMinute.press("Enter")
    await told(page, "已保存：member_per_minute")
    await page.getByText("默认：30").waitFor()
    // A user without a mouse continues from there.
    assert.equal(await page.locator(":focus").inputValue(), "7")
    await perMinute.fill("")
    const saved = page.waitForResponse((response) => response.request().method() === "PUT")
    await perMinute.press("Tab")
    await saved
    const { limits } = await control(client, "settings")
    assert.equal((limits as Record<string, unknown>)["member_per_minute"], null)
  },
)

test(
  "an organisation that is no JSON, or cannot be, is refused with its place, and nothing changes",
  inBrowser,
  async () => {
    await using client = await simulator()
    expectedErrors = REFUSED
    const before = await control(client, "org")
    const page = await open(client, "/panel?lang=en&section=organisation")
    const editor = page.getByRole("textbox", { name: "The organisation as JSON" })
    const text = await editor.inputValue()
    const save = page.getByRole("button", { name: "Save" })
    assert.equal(await save.isDisabled(), true)

    const lines = text.split("\n")
    const line = lines.findIndex((one) => one.includes('"lisi"'))
    await editor.fill(lines.toSpliced(line, 1, lines[line]?.replace(",", "") ?? "").join("\n"))
    await save.click()
    await page.getByRole("alert").getByText("is not JSON from here on").waitFor()
    assert.equal(await page.locator(".line-numbers .bad").textContent(), String(line + 2))

    await editor.fill(text.replace('"lisi"', '"zhangsan"').replace('"parentid": 1', '"parentid": 77'))
    await save.click()
    await page.getByRole("alert").getByText("members[1].userid is used twice").waitFor()
    await page.getByRole("alert").getByText("departments[1].parentid names a department that does not exist").waitFor()
    await page.getByRole("button", { name: `Line ${line + 1}` }).click()
    const selected = await page.evaluate<string>("String(getSelection())")
    assert.match(selected, /^"zhangsan"/)
    assert.deepEqual(await control(client, "org"), before)

    // The typed text is still there after a look at the phones.
    await page.getByRole("link", { name: "Phones" }).click()
    await page.getByRole("region", { name: "Phone of 张三" }).waitFor()
    await page.goBack()
    await page.getByText("Not saved yet").waitFor()
    await page.getByRole("button", { name: "Discard changes" }).click()
    await page.getByRole("button", { name: "Yes" }).click()
    assert.equal(await editor.inputValue(), text)
  },
)

// proves 4.7: the phones
test(
  "an organisation is changed in the editor or by a file, and looked at by department and name",
  inBrowser,
  async () => {
    await using client = await simulator()
    const page = await open(client, "/panel?lang=zh&section=organisation")
    const editor = page.getByRole("textbox", { name: "组织文档（JSON）" })
    await editor.fill(
      (await editor.inputValue()).replace('"userid": "lisi"', '"userid": "lisi2"').replaceAll('"lisi"', '"lisi2"'),
    )
    await page.getByRole("button", { name: "保存" }).click()
    await told(page, "已保存")
    assert.equal((await client.send({ touser: "lisi2" })).errcode, 0)
    await page.getByRole("button", { name: "研发部" }).click()
    await page.getByText("3 位成员").waitFor()
    await page.getByRole("searchbox").fill("LISI2")
    await page.getByText("1 位成员").waitFor()
    await page.getByRole("row", { name: /李四/ }).waitFor()

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "下载" }).click(),
    ])
    assert.equal(download.suggestedFilename(), "organisation.json")
    const org = { corp_id: CORP_ID, members: [{ userid: "solo", name: "独行" }] }
    await page.getByLabel("打开文件").setInputFiles({
      name: "org.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(org)),
    })
    await page.getByRole("button", { name: "保存" }).click()
    await page.getByRole("searchbox").fill("")
    await page.getByRole("button", { name: "全部" }).click()
    await page.getByRole("row", { name: /独行/ }).waitFor()
    assert.equal(((await control(client, "org"))["members"] as unknown[]).length, 1)
  },
)

test(
  "an organisation too long for a text field is looked at all the same, and can be edited on request",
  inBrowser,
  async () => {
    await using client = await simulator({ members: 3000 })
    const page = await open(client, "/panel?lang=en&section=organisation")
    await page.getByText(/^3,006 members, \d\.\d MB: too long to edit comfortably here/).waitFor()
    await page.getByText("2,956 more: search to narrow them down.").waitFor()
    await page.getByRole("searchbox").fill("m003000")
    await page.getByRole("row", { name: /成员003000/ }).waitFor()
    await page.getByRole("button", { name: "Edit it here all the same" }).click()
    await page.getByRole("textbox", { name: "The organisation as JSON" }).waitFor()
  },
)

test("calls are found by path and answer, and the address keeps what is looked for", inBrowser, async () => {
  await using client = await simulator()
  await client.send()
  await client.send({ touser: "ghost" })
  await client.post("user/getuserid", { access_token: await client.token() }, { mobile: "13800000001" })
  const page = await open(client, "/panel?lang=en")
  const paths = () => page.locator(".call-path").allTextContents()
  await page.getByRole("list", { name: "Calls, newest first" }).waitFor()
  assert.deepEqual(await paths(), [
    "user/getuserid",
    "gettoken",
    "message/send",
    "gettoken",
    "message/send",
    "gettoken",
  ])
  await page.getByRole("searchbox", { name: "Path" }).fill("message/")
  await callsInSight(page, 2)
  await page.getByRole("combobox", { name: "Answer" }).selectOption("every errcode but 0")
  await callsInSight(page, 1)
  await page.getByRole("button", { name: /81013/ }).waitFor()
  await page.reload()
  await page.getByRole("button", { name: /81013/ }).waitFor()
  await page.getByRole("combobox", { name: "Answer" }).selectOption("one errcode…")
  await page.getByRole("textbox", { name: "errcode" }).fill("40014")
  await page.getByText("No call fits.").waitFor()
  assert.match(page.url(), /path=message%2F&answer=40014/)
})

// proves 4.7: the phones
test("a call opens to its request and answer with secrets masked, and is copied as a command", inBrowser, async () => {
  await using client = await simulator()
  const token = await client.token()
  const { msgid } = await client.post(
    "message/send",
    { access_token: token },
    { touser: "zhangsan", msgtype: "text", agentid: 1_000_002, text: { content: "磁盘 91%" } },
  )
  const page = await open(client, "/panel?lang=en&path=message", { permissions: ["clipboard-read", "clipboard-write"] })
  await page.getByRole("button", { name: /message\/send 1 shown 0$/ }).click()
  await page.getByRole("region", { name: "Request body" }).getByText("磁盘 91%").waitFor()
  await page.getByRole("region", { name: "Answer" }).getByText(String(msgid)).waitFor()
  await page.getByText("access_token=***").waitFor()
  assert.equal((await page.content()).includes(token), false)
  await page.getByRole("button", { name: "Copy as curl" }).click()
  await told(page, "Copied")
  const command = await page.evaluate<string>("navigator.clipboard.readText()")
  assert.match(
    command,
    /^curl "http:\/\/127\.0\.0\.1:\d+\/cgi-bin\/message\/send\?access_token=\$ACCESS_TOKEN" .*磁盘 91%/,
  )
  await page.getByRole("link", { name: "zhangsan" }).click()
  await page.getByRole("region", { name: "Phone of 张三" }).getByText("磁盘 91%").waitFor()
})

// proves 4.7: the phones
test(
  "new calls come in by themselves, but wait while one is open, and older ones are there on request",
  inBrowser,
  async () => {
    await using client = await simulator()
    for (let n = 0; n < 60; n++) await client.token()
    const page = await open(client, "/panel?lang=en&path=gettoken")
    await callsInSight(page, 50)
    const newest = page.locator(".call").first()
    await client.token()
    await callsInSight(page, 51)
    await newest.click()
    const before = await newest.boundingBox()
    // The page must see all new calls at once: if it saw only some, more would be visible afterwards.
    const made = Promise.withResolvers<void>()
    await page.route("**/_sim/calls?*", async (route) => {
      await made.promise
      await route.continue()
    })
    for (let n = 0; n < 70; n++) await client.token()
    made.resolve()
    const waiting = page.getByRole("button", { name: "Over 50 new calls" })
    await waiting.waitFor()
    assert.equal(await newest.getAttribute("aria-expanded"), "true")
    assert.equal(await page.locator(".call").count(), 51)
    const after = await newest.boundingBox()
    assert.equal(after?.y, before?.y)
    await waiting.click()
    await waiting.waitFor({ state: "detached" })
    assert.equal(await page.locator(".call[aria-expanded=true]").count(), 0)

    for (const count of [100, 131]) {
      await page.getByRole("button", { name: "Show older calls" }).click()
      await callsInSight(page, count)
    }
    await page.getByText("Nothing older is kept").waitFor()
  },
)

test("tokens are revoked at once, and everything is reset after a question", inBrowser, async () => {
  await using client = await simulator()
  const access_token = await client.token()
  await client.settings({ long_text: "refuse" })
  await client.advance(60)
  await client.control("POST", "faults", { path: "user/get", kind: "hang_before" })
  const page = await open(client, "/panel?lang=zh&section=simulator")
  await page.getByRole("button", { name: "吊销所有令牌" }).click()
  await told(page, "已吊销 1 个令牌。")
  assert.equal((await client.get("agent/get", { access_token, agentid: "1000002" })).errcode, 42001)

  await page.getByRole("button", { name: "重置模拟器" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("button", { name: "取消" }).click()
  assert.equal(Number((await control(client, "clock"))["ahead_s"]), 60)
  await page.getByRole("button", { name: "重置模拟器" }).click()
  await dialog.getByRole("button", { name: "确定" }).click()
  await told(page, "已恢复到启动时的状态。")
  await page.locator(".panel-nav:not(:has(.panel-mark))").waitFor()
  assert.deepEqual(
    [
      (await control(client, "faults"))["faults"],
      (await control(client, "clock"))["ahead_s"],
      (await client.calls()).length,
    ],
    [[], 0, 0],
  )
})

test("a simulator that is away is said to be, and what is pressed then is not done in silence", inBrowser, async () => {
  await using client = await simulator()
  expectedErrors = AWAY
  const page = await open(client, "/panel?lang=en&section=clock")
  await page.getByText("In step with this machine").waitFor()
  await client.sim.close()
  await page.getByRole("alert").getByText("The simulator does not answer. Trying again…").waitFor()
  await page.getByRole("button", { name: "1 hour", exact: true }).click()
  await page.getByText("The simulator does not answer. Start it again and repeat this.").waitFor()
})

const SECTIONS = ["calls", "faults", "clock", "settings", "organisation", "simulator"]

for (const [name, lang, options] of [
  ["in English", "en", {}],
  ["in Chinese, in the dark", "zh", { colorScheme: "dark" }],
  ["in English on a narrow screen, in the dark", "en", { colorScheme: "dark", viewport: NARROW }],
  ["in Chinese on a narrow screen", "zh", { viewport: NARROW }],
] as const satisfies readonly (readonly [string, string, BrowserContextOptions])[]) {
  test(
    `no section ${name} has a serious fault for those who do not see it well, or sticks out`,
    inBrowser,
    async () => {
      await using client = await simulator({ settings: { repeat_token: false } })
      expectedErrors = REFUSED
      await client.send({ touser: "zhangsan|lisi" })
      await client.send({ touser: "ghost" })
      await client.control("POST", "faults", {
        path: "*",
        kind: "slow",
        delay_ms: 1,
        times: 3,
        match: "很长的文字".repeat(20),
      })
      await client.advance(7200)
      const page = await open(client, `/panel?lang=${lang}`, options)
      await page.locator(".call").first().click()
      for (const section of SECTIONS) {
        await page.goto(`${client.sim.url}/panel?lang=${lang}&section=${section}`)
        await page.locator(`.panel-${section}`).waitFor()
        if (section === "calls") await page.locator(".call").first().click()
        if (section === "faults") {
          await page.locator(".fault-form [type=submit]").click()
          await page.locator(".problem").waitFor()
        }
        if (section === "organisation") {
          await page.locator(".json-editor textarea").fill('{ "members": [{}] }')
          await page.locator(".panel-organisation > .buttons > .filled").click()
          await page.locator(".mistakes").waitFor()
        }
        if (section === "settings") await page.locator(".setting").first().waitFor()
        const violations = await violationsIn(page)
        const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        assert.deepEqual(
          grave.map(({ id, nodes }) => [id, nodes[0]?.html]),
          [],
          section,
        )
        const widths = "[document.querySelector('.page').scrollWidth, document.querySelector('.page').clientWidth]"
        const [scrolled, seen] = await page.evaluate<[number, number]>(widths)
        assert.equal(scrolled, seen, section)
      }
    },
  )
}
