import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { BrowserContextOptions, Page } from "playwright-core"
import { shared } from "../../../../tools/testing/shared.ts"
import { inBrowser, openBrowser, until } from "../testing/browser.ts"
import { simClient, type SimClient } from "../testing/sim-client.ts"
import { violationsIn } from "../testing/violations.ts"

const browser = shared(async (resources) => resources.use(await openBrowser()))
const opened: Page[] = []
afterEach(async () => {
  const errors = browser().errors.splice(0)
  for (const page of opened.splice(0)) await page.context().close()
  browser().errors.splice(0)
  assert.deepEqual(errors, [])
})

async function open(client: SimClient, path: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser().open(client.sim.url + path, options)
  opened.push(page)
  return page
}

const messagesOn = (page: Page) => page.getByRole("region", { name: /^(?:Messages|消息)$/ })
const groundOf = (page: Page): Promise<string> => page.evaluate("getComputedStyle(document.body).backgroundColor")
const DARK = "rgb(13, 15, 18)"
const LIGHT = "rgb(236, 238, 242)"

// proves 30.phones: texts, searched
test(
  "texts are searched by / in all that a phone got, kept in the address, and left by Escape",
  inBrowser,
  async () => {
    await using client = await simClient({ settings: { limits: { member_per_minute: null } } })
    await client.send({ text: { content: "磁盘 91%" } })
    for (let n = 1; n <= 60; n++) await client.send({ text: { content: `心跳 ${n}` } })
    const page = await open(client, "/?lang=zh&user=zhangsan")
    await messagesOn(page).getByText("心跳 60").waitFor()
    await page.keyboard.press("/")
    await page.keyboard.type("磁盘")
    await messagesOn(page).getByText("磁盘 91%").waitFor()
    assert.equal(await messagesOn(page).getByText("心跳").count(), 0)
    assert.equal(new URL(page.url()).searchParams.get("find"), "磁盘")
    await client.send({ text: { content: "心跳 61" } })
    await client.send({ text: { content: "磁盘 92%" } })
    await messagesOn(page).getByText("磁盘 92%").waitFor()
    assert.equal(await messagesOn(page).getByText("心跳").count(), 0)

    await page.getByRole("searchbox", { name: "在消息中搜索" }).fill("没有的")
    await page.getByText("没有包含“没有的”的消息").waitFor()
    await page.getByRole("searchbox", { name: "在消息中搜索" }).press("Escape")
    await messagesOn(page).getByText("心跳 61").waitFor()
    assert.equal(new URL(page.url()).searchParams.get("find"), null)
  },
)

// proves 30.phones: the JSON of a message
test("the JSON of a message is shown as it was sent and as it is shown, and copied", inBrowser, async () => {
  await using client = await simClient()
  const content = "长".repeat(1000)
  const { msgid } = await client.send({ text: { content }, enable_id_trans: 0 })
  const page = await open(client, "/?lang=en&user=zhangsan", { permissions: ["clipboard-read", "clipboard-write"] })
  await page.getByRole("button", { name: "Raw JSON" }).click()
  await page.locator(".raw-json code", { hasText: "enable_id_trans" }).waitFor()
  await page.locator(".raw-json").getByRole("button", { name: "Copy" }).click()
  await page.locator(".raw-json").getByRole("button", { name: "Copied" }).waitFor()
  const copied = JSON.parse(await page.evaluate<string>("navigator.clipboard.readText()")) as Record<string, unknown>
  const { request, body } = copied as Record<"request" | "body", { text: { content: string } }>
  assert.deepEqual([copied["msgid"], copied["userid"], request.text.content], [msgid, "zhangsan", content])
  assert.equal(body.text.content, "长".repeat(682))
})

// proves 30.phones: delete and clear
test(
  "what is deleted or cleared is gone from this page alone, stays so, and is shown again on request",
  inBrowser,
  async () => {
    await using client = await simClient()
    for (const content of ["一", "二", "三"]) await client.send({ text: { content } })
    const page = await open(client, "/?lang=en&user=zhangsan")
    const messages = messagesOn(page)
    const shown = (content: string) => messages.getByText(content, { exact: true })
    await shown("二").hover()
    await messages
      .getByRole("listitem")
      .filter({ hasText: "二" })
      .getByRole("button", { name: "Delete the message here" })
      .click()
    await shown("二").waitFor({ state: "detached" })
    await shown("三").waitFor()
    await page.reload()
    await shown("三").waitFor()
    assert.equal(await shown("二").count(), 0)

    await page.getByRole("button", { name: "Clear the messages here" }).click()
    await page.getByText("control paths still show them").waitFor()
    await client.send({ text: { content: "四" } })
    await shown("四").waitFor()
    assert.equal(client.sim.messages({ userid: "zhangsan" }).length, 4)
    await page.getByRole("button", { name: "Show them again" }).click()
    await shown("一").waitFor()
    await shown("二").waitFor()

    await page.keyboard.press("/")
    await page.keyboard.type("一")
    await shown("二").waitFor({ state: "detached" })
    await page.getByRole("button", { name: "Clear the messages here" }).click()
    await shown("一").waitFor({ state: "detached" })
    await page.keyboard.press("/")
    await page.keyboard.press("Escape")
    // During a search only the found messages were cleared.
    await shown("二").waitFor()
    await shown("四").waitFor()
    assert.equal(await shown("一").count(), 0)
  },
)

// proves 30.phones: keys
test(
  "j and k go from message to message, and ? tells the keys; where one types they are letters",
  inBrowser,
  async () => {
    await using client = await simClient()
    for (let n = 1; n <= 3; n++) await client.send({ text: { content: `第 ${n} 条` } })
    const page = await open(client, "/?lang=en&user=zhangsan")
    await messagesOn(page).getByText("第 3 条").waitFor()
    const focused = (text: string) => page.locator("li:focus", { hasText: text }).waitFor()
    await page.keyboard.press("k")
    await focused("第 3 条")
    await page.keyboard.press("k")
    await focused("第 2 条")
    await page.keyboard.press("j")
    await focused("第 3 条")
    await page.keyboard.press("?")
    const help = page.getByRole("dialog", { name: "Keys" })
    await help.getByText("Previous message").waitFor()
    await page.keyboard.press("Escape")
    await help.waitFor({ state: "hidden" })
    await page.getByRole("searchbox", { name: "Name, id" }).focus()
    await page.keyboard.type("jk/?")
    assert.equal(await page.getByRole("searchbox", { name: "Name, id" }).inputValue(), "jk/?")
  },
)

// proves 30.phones: unread in the title
test(
  "the title tells how many messages were not looked at, those that came while the page was behind too",
  inBrowser,
  async () => {
    await using client = await simClient()
    const page = await open(client, "/?lang=en&user=zhangsan")
    await page.getByText("No message on this phone yet").waitFor()
    await client.send({ touser: "lisi|WangWu" })
    await until(page, 'document.title === "(2) WeCom simulator"')
    await page.evaluate(HIDE)
    await client.send()
    await until(page, 'document.title === "(3) WeCom simulator"')
    await page.evaluate(SHOW)
    await until(page, 'document.title === "(2) WeCom simulator"')
    await page.getByRole("link", { name: "Gallery" }).click()
    await until(page, 'document.title === "WeCom simulator"')
  },
)

const HIDE = `Object.defineProperty(document, "hidden", { value: true, configurable: true })`
const SHOW = `delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))`

// proves 30.phones: theme
test("the theme is the system's until one is chosen, which stays, for bubbles too", inBrowser, async () => {
  await using client = await simClient()
  await client.send()
  const page = await open(client, "/?lang=en&user=zhangsan", { colorScheme: "dark" })
  await messagesOn(page).locator(".wb").waitFor()
  assert.equal(await groundOf(page), DARK)
  await page.getByRole("button", { name: "Theme: as the system" }).click()
  assert.equal(await groundOf(page), LIGHT)
  assert.equal(await page.evaluate('getComputedStyle(document.querySelector(".wb")).color'), "rgb(25, 28, 34)")
  await page.reload()
  await page.getByRole("button", { name: "Theme: light" }).click()
  assert.equal(await groundOf(page), DARK)
  await page.getByRole("button", { name: "Theme: dark" }).click()
  await page.getByRole("button", { name: "Theme: as the system" }).waitFor()
})

// proves 30.phones: the clock, by a button
test("a button on the phones page moves the clock forward, and the page shows the new time", inBrowser, async () => {
  await using client = await simClient()
  const page = await open(client, "/?lang=zh&user=zhangsan")
  await page.getByRole("button", { name: "快进时钟" }).click()
  await page.getByRole("button", { name: "+2 小时" }).click()
  await page.getByText("模拟器时间：").waitFor()
  const { ahead_s: aheadSeconds } = client.sim.advance(0)
  assert.equal(aheadSeconds, 7200)
})

// proves 30.phones: tall phone, unknown section
test("the phone is as tall as the window has room, and a section that there is not is named", inBrowser, async () => {
  await using client = await simClient()
  const page = await open(client, "/?lang=en&user=zhangsan", { viewport: { width: 1280, height: 1400 } })
  const phone = await page.getByRole("region", { name: "Phone of" }).boundingBox()
  assert.ok(phone !== null && phone.height > 1200, String(phone?.height))
  await page.goto(`${client.sim.url}/panel?lang=en&section=cals`)
  await page.getByText("There is no section “cals”. This is Calls").waitFor()
  await page.getByRole("link", { name: "Clock" }).click()
  await page.getByText("There is no section").waitFor({ state: "detached" })
})

// proves 30.phones: at 360 pixels
test(
  "at 360 pixels nothing sticks out, and what was added has no serious fault in either theme",
  inBrowser,
  async () => {
    await using client = await simClient()
    for (let n = 1; n <= 2; n++) await client.send({ text: { content: `https://a.example/${"x".repeat(120)}` } })
    for (const [lang, colorScheme] of [
      ["zh", "light"],
      ["en", "dark"],
    ] as const) {
      const options = { viewport: { width: 360, height: 740 }, colorScheme, hasTouch: true, isMobile: true }
      const page = await open(client, `/?lang=${lang}&user=zhangsan&find=example`, options)
      await page
        .getByRole("button", { name: /Raw JSON|原始 JSON/ })
        .first()
        .click()
      await page.locator(".raw-json code", { hasText: "agentid" }).waitFor()
      await page
        .getByRole("button", { name: /Delete the|删除/ })
        .last()
        .click()
      await page.getByRole("button", { name: /Show them|重新显示/ }).waitFor()
      await page.getByRole("button", { name: /Fast-forward|快进/ }).click()
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360)
      const grave = (await violationsIn(page)).filter(({ impact }) => impact === "serious" || impact === "critical")
      assert.deepEqual(
        grave.map(({ id, nodes }) => [id, nodes[0]?.html]),
        [],
        lang,
      )
    }
  },
)

// proves 30.phones: copies without HTTPS
test(
  "without the clipboard of a secure page, as by the name of a container, texts are copied all the same",
  inBrowser,
  async () => {
    await using client = await simClient()
    const page = await open(client, "/?lang=en&user=zhangsan")
    await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })')
    await page.getByRole("button", { name: "Copy" }).last().click()
    await page.getByRole("button", { name: "Copied" }).waitFor()
    const search = page.getByRole("searchbox", { name: "Name, id" })
    await search.press("ControlOrMeta+V")
    assert.equal(await search.inputValue(), 'npx wecom-push send --mobile 13800000001 --text "你好"')
  },
)

// proves 30.phones: focus by keyboard
test(
  "the focus is never lost: a deleted message leaves it to its neighbour, a search to its button",
  inBrowser,
  async () => {
    await using client = await simClient()
    for (const content of ["一", "二", "三"]) await client.send({ text: { content } })
    const page = await open(client, "/?lang=en&user=zhangsan")
    await messagesOn(page).getByText("三", { exact: true }).waitFor()
    for (const key of ["k", "k", "Tab", "Tab", "Enter"]) await page.keyboard.press(key)
    await page.locator("li:focus", { hasText: "三" }).waitFor()
    await page.keyboard.press("/")
    await page.keyboard.type("一")
    await messagesOn(page).getByText("三", { exact: true }).waitFor({ state: "detached" })
    await page.keyboard.press("Escape")
    await page.locator("button:focus[aria-label='Search in the messages']").waitFor()
    // The search was left, and all messages are shown again.
    await messagesOn(page).getByText("三", { exact: true }).waitFor({ state: "attached" })
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.getByText("control paths still show them").waitFor()
    await page.locator("button:focus[aria-label='Clear the messages here']").waitFor()
  },
)
