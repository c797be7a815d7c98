import assert from "node:assert/strict"
import { test } from "node:test"
import type { Locator, Page } from "playwright-core"
import { shared } from "../../../../tools/testing/shared.ts"
import { type BubbleHarness, type HarnessMessage as Message, serveBubblePage } from "../testing/bubble-page.ts"
import { BROKEN_NUMBERS } from "../testing/broken-numbers.ts"
import { inBrowser, openBrowser } from "../testing/browser.ts"
import { BUTTONS, MENU, SELECTS, VOTE } from "../testing/cards.ts"
import { violationsIn } from "../testing/violations.ts"

declare const harness: BubbleHarness

const served = shared(async (resources) => resources.use(await serveBubblePage()))
const browser = shared(async (resources) => resources.use(await openBrowser()))

async function draw(message: Message): Promise<Page> {
  const page = await browser().open(served().url)
  await page.evaluate((message) => harness.draw(message), message)
  return page
}

const card = (template_card: unknown): Message => ({ msgtype: "template_card", template_card })
const notice = (fields: object): Message => ({
  msgtype: "miniprogram_notice",
  miniprogram_notice: { appid: "wx1", title: "订单", ...fields },
})
const hasFocus = (one: Locator): Promise<boolean> => one.evaluate((element) => element.matches(":focus"))
const overflowPx = (page: Page): Promise<number> =>
  page.evaluate<number>("document.documentElement.scrollWidth - innerWidth")
const pressesOn = (page: Page): Promise<readonly unknown[]> => page.evaluate(() => harness.presses)

test("a button tells its key, and what is chosen", inBrowser, async () => {
  const page = await draw(card(BUTTONS))
  await page.getByLabel("区域").selectOption("eu")
  await page.getByRole("button", { name: "同意" }).click()
  assert.deepEqual(await pressesOn(page), [{ key: "yes", selected: { region: ["eu"] } }])
})

test("lists without a click report what they show", inBrowser, async () => {
  const page = await draw(card(SELECTS))
  await page.getByRole("button", { name: "保存" }).click()
  assert.deepEqual(await pressesOn(page), [{ key: "save", selected: { day: ["tue"], shift: ["d"] } }])
})

test("boxes are ticked and pressed with the keyboard alone", inBrowser, async () => {
  const page = await draw(card(VOTE))
  await page.keyboard.press("Tab")
  await page.keyboard.press("Space")
  await page.keyboard.press("Tab")
  await page.keyboard.press("Tab")
  await page.keyboard.press("Space")
  await page.keyboard.press("Tab")
  await page.keyboard.press("Enter")
  assert.deepEqual(await pressesOn(page), [{ key: "vote", selected: { where: ["007"] } }])
})

test("a question that is disabled is no part of a press", inBrowser, async () => {
  const [day, shift] = SELECTS.select_list
  const page = await draw(card({ ...SELECTS, select_list: [{ ...day, disable: true }, shift] }))
  await page.getByRole("button", { name: "保存" }).click()
  assert.deepEqual(await pressesOn(page), [{ key: "save", selected: { shift: ["d"] } }])
})

test("while a press is on its way nothing else can be pressed, and the focus stays", inBrowser, async () => {
  const page = await draw(card(BUTTONS))
  await page.evaluate(() => harness.hold())
  const yes = page.getByRole("button", { name: "同意" })
  await yes.focus()
  await page.keyboard.press("Enter")
  await page.keyboard.press("Enter")
  await page.getByRole("button", { name: "拒绝" }).click({ force: true })
  assert.equal((await pressesOn(page)).length, 1)

  await page.evaluate(() => harness.settle())
  await page.locator('button[aria-disabled="false"]').first().waitFor()
  await yes.focus()
  await page.keyboard.press("Enter")
  assert.equal((await pressesOn(page)).length, 2)
})

test("what is chosen lasts while the same is asked, and no longer", inBrowser, async () => {
  const page = await draw(card(BUTTONS))
  const region = page.getByLabel("区域")
  await region.selectOption("eu")
  await page.evaluate((message) => harness.draw(message), card({ ...BUTTONS, main_title: { title: "上线吗？" } }))
  await page.getByText("上线吗？").waitFor()
  assert.equal(await region.inputValue(), "eu")

  const other = { ...BUTTONS.button_selection, title: "机房", selected_id: "cn" }
  await page.evaluate((message) => harness.draw(message), card({ ...BUTTONS, button_selection: other }))
  assert.equal(await page.getByLabel("机房").inputValue(), "cn")
})

test("the menu opens and closes by keyboard, and its entries tell their key alone", inBrowser, async () => {
  const page = await draw(card(MENU))
  const opener = page.getByRole("button", { name: /更多操作/ })
  await opener.focus()
  await page.keyboard.press("Enter")
  const entry = page.getByRole("button", { name: "静音" })
  await entry.waitFor()
  await page.keyboard.press("Escape")
  await entry.waitFor({ state: "hidden" })
  assert.ok(await hasFocus(opener))

  await opener.click()
  await entry.click()
  await entry.waitFor({ state: "hidden" })
  assert.deepEqual(await pressesOn(page), [{ key: "mute" }])

  await opener.click()
  await page.mouse.click(700, 500)
  await entry.waitFor({ state: "hidden" })
})

test("an article opens on a page of its own and leaves the focus where it was", inBrowser, async () => {
  const article = { title: "差旅", content: "<h1>标准</h1><p style='color:#cc0000'>一月起<b>执行</b></p>" }
  const page = await draw({ msgtype: "mpnews", mpnews: { articles: [article] } })
  const opener = page.getByRole("button", { name: "差旅" })
  await opener.click()
  const dialog = page.getByRole("dialog", { name: "差旅" })
  await dialog.getByRole("heading", { name: "标准", level: 2 }).waitFor()
  assert.equal(await dialog.getByText("一月起").getAttribute("style"), "color: rgb(204, 0, 0);")
  await page.keyboard.press("Escape")
  await dialog.waitFor({ state: "detached" })
  assert.ok(await hasFocus(opener))
})

const LONG = "长".repeat(20) + "x".repeat(300)

const HOSTILE = [
  `<img src="/x" onerror="alert(1)">`,
  `<svg onload=alert(1)><style>*{display:none}</style><script>alert(1)</script></svg>`,
  `<style>body{display:none}</style><base href="https://evil.example/"><meta http-equiv=refresh content="0;url=/x">`,
  `<iframe srcdoc="<script>alert(1)</script>"></iframe><object data="/x"></object><embed src="/x">`,
  `<a href="javascript:alert(1)" onclick="alert(1)">甲</a><form action="/x"><button formaction="javascript:alert(1)">乙`,
  `<p style="position:fixed;inset:0;background:url(/x)" onmouseover=alert(1)>丙</p><script>alert(1)</script>`,
].join("")

test(
  "an article may hold what it will: nothing runs, loads or leads away, and the policy has nothing to report",
  inBrowser,
  async () => {
    const article = { title: "差旅", content: `${HOSTILE}<p>完</p>` }
    const page = await draw({ msgtype: "mpnews", mpnews: { articles: [article] } })
    const dialogs: string[] = []
    const requests: string[] = []
    page.on("dialog", (dialog) => dialogs.push(dialog.message()))
    page.on("request", (request) => {
      if (request.resourceType() !== "font") requests.push(request.url())
    })
    await page.getByRole("button", { name: "差旅" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("完").waitFor()
    await dialog.getByText("丙").hover()
    await dialog.getByText("甲").click()
    assert.equal(await dialog.locator("script, style, svg:not(.wb-icon), iframe, object, embed, form, a").count(), 0)
    assert.deepEqual(requests, [])
    assert.deepEqual(dialogs, [])
    assert.deepEqual(browser().errors, [])
  },
)

test("hostile texts of every kind of message are only text", inBrowser, async () => {
  const text = `${HOSTILE}\u202E[甲](javascript:alert(1))<a href="javascript:alert(1)">乙</a>`
  const messages: Message[] = [
    { msgtype: "text", text: { content: text } },
    { msgtype: "markdown", markdown: { content: text } },
    { msgtype: "textcard", textcard: { title: text, description: text, url: "javascript:alert(1)", btntxt: text } },
    {
      msgtype: "news",
      news: { articles: [{ title: text, description: text, url: "javascript:alert(1)", picurl: text }] },
    },
    card({ ...BUTTONS, main_title: { title: text, desc: text }, card_action: { type: 1, url: "javascript:alert(1)" } }),
    { msgtype: text },
  ]
  const page = await draw({ msgtype: "text", text: { content: "" } })
  const dialogs: string[] = []
  page.on("dialog", (dialog) => dialogs.push(dialog.message()))
  for (const message of messages) {
    await page.evaluate((message) => harness.draw(message), message)
    await page.getByText("javascript:alert(1)").first().waitFor()
    assert.equal(await page.locator('#root :is(iframe, script, a:not([href^="https:"]))').count(), 0, message.msgtype)
  }
  assert.deepEqual(dialogs, [])
  assert.deepEqual(browser().errors, [])
})

test("words without end make no bubble wider than the screen", inBrowser, async () => {
  const page = await draw({ msgtype: "text", text: { content: "" } })
  await page.setViewportSize({ width: 360, height: 800 })
  const pair = { keyname: LONG, value: LONG }
  const article = { title: LONG, description: LONG, url: "https://a.example" }
  const choices = { ...BUTTONS.button_selection, title: LONG, option_list: [{ id: "1", text: LONG }] }
  for (const message of [
    { msgtype: "text", text: { content: LONG } },
    { msgtype: "markdown", markdown: { content: `# ${LONG}\n> ${LONG}\n\`${LONG}\`` } },
    { msgtype: "textcard", textcard: { ...article, btntxt: LONG } },
    { msgtype: "news", news: { articles: [article, article] } },
    { msgtype: "miniprogram_notice", miniprogram_notice: { title: LONG, content_item: [{ key: LONG, value: LONG }] } },
    card({ ...MENU, source: { desc: LONG }, emphasis_content: { title: LONG }, horizontal_content_list: [pair] }),
    card({
      ...MENU,
      jump_list: [{ title: LONG }],
      quote_area: { title: LONG, quote_text: LONG },
      sub_title_text: LONG,
    }),
    card({
      ...BUTTONS,
      button_selection: choices,
      button_list: [
        { text: LONG, key: "1" },
        { text: LONG, key: "2" },
      ],
    }),
    card({ ...VOTE, checkbox: { ...VOTE.checkbox, option_list: [{ id: "1", text: LONG }] } }),
  ]) {
    await page.evaluate((message) => harness.draw(message), message)
    await page.getByText(LONG).first().waitFor()
    assert.ok((await overflowPx(page)) <= 0, JSON.stringify(message).slice(0, 100))
  }
})

test("a voice message that the browser cannot play can be downloaded", inBrowser, async () => {
  const page = await draw({ msgtype: "voice", voice: { media_id: "voice" } })
  const link = page.getByRole("link", { name: "浏览器无法播放 AMR，点此下载" })
  await link.waitFor()
  assert.equal(await link.getAttribute("href"), "/media/voice")
})

for (const language of ["zh", "en"] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    // proves 4.test 4: the gallery
    test(`the gallery (${language}, ${colorScheme}) is accessible, and fits a narrow screen`, inBrowser, async () => {
      const page = await browser().open(served().url)
      await page.emulateMedia({ colorScheme })
      await page.evaluate((language) => harness.drawGallery(language), language)
      await page.locator(".wb-markdown strong").waitFor()
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 })
        const violations = await violationsIn(page)
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
          [],
        )
        assert.ok((await overflowPx(page)) <= 0, `too wide at ${width}`)
      }
      assert.deepEqual(browser().errors, [])
    })
  }
}

const MOBILE = "13800000001"
const ORDER = "20261130173205000018"
/** A date that comes to the end of the line, one character at a time. */
const DATED = Array.from({ length: 20 }, (_, n) => `${"日".repeat(n)}2026-11-30`)
const NUMBERED: readonly Message[] = [
  ...DATED.flatMap((text): Message[] => [
    { msgtype: "text", text: { content: text } },
    { msgtype: "textcard", textcard: { title: "订单", description: text, url: "https://a.example" } },
  ]),
  { msgtype: "text", text: { content: `请在十五分钟之内拨打值班电话 ${MOBILE} 联系，订单号 ${ORDER} 请勿告诉他人。` } },
  {
    msgtype: "text",
    text: { content: `Call the engineer on duty within minutes: +86-138-0000-0001, order ${ORDER}.` },
  },
  {
    msgtype: "markdown",
    markdown: { content: `>截止时间，请务必按时办理 2026-11-30T17:32:05+08:00\n金额：¥1,234,567,890.12` },
  },
  {
    msgtype: "textcard",
    textcard: { title: `订单${ORDER}`, description: `电话：${MOBILE}`, url: "https://a.example" },
  },
  card({ ...MENU, emphasis_content: { title: "¥1,234,567,890.12", desc: "元" } }),
  card({ ...MENU, emphasis_content: { title: ORDER, desc: "order" } }),
  card({
    ...MENU,
    horizontal_content_list: [
      { keyname: "很长很长的名称啊", value: `+86${MOBILE}` },
      { keyname: "身份证号码", value: "110101199003071234" },
      { keyname: "The number of the order", value: ORDER },
      { keyname: "负责人", value: "2026-11-30T17:32:05+08:00", type: 3, userid: "zhangsan" },
      { keyname: "合同有效期", value: "合同有效期至 2026-11-30" },
      { keyname: "附件", value: `report-${ORDER}.csv`, type: 2, media_id: "none" },
    ],
  }),
  card({ ...MENU, card_type: "news_notice", image_text_area: { title: MOBILE, desc: `订单${ORDER}`, image_url: "" } }),
  card({
    ...BUTTONS,
    button_list: [
      { text: `拨打${MOBILE}`, key: "1" },
      { text: MOBILE, key: "2" },
    ],
  }),
  notice({ emphasis_first_item: true, content_item: [{ key: "订单号", value: ORDER }] }),
  notice({ emphasis_first_item: true, content_item: [{ key: "金额", value: "1,234,567,890.12" }] }),
  notice({
    content_item: [
      { key: "很长很长的名称啊", value: `电话 +86${MOBILE}` },
      { key: "Order", value: ORDER },
      { key: "合同有效期", value: "合同有效期至 2026-11-30 17:32" },
      { key: "值班电话", value: "请拨打电话 0755-86013388" },
    ],
  }),
]

/** Pixels for a message on a phone of 360 beside the picture of the app; 14 less, for fonts that are wider than this one. */
const LEFT_OF_360 = 286 - 14

for (const name of ["text", "markdown", "textcard", "template_card", "miniprogram_notice"]) {
  // proves 28.numbers: numbers on a narrow phone
  test(`28: on a screen of 360 pixels no number of a ${name} is broken over two lines`, inBrowser, async () => {
    const page = await draw({ msgtype: "text", text: { content: "" } })
    await page.setViewportSize({ width: 360, height: 800 })
    for (const message of NUMBERED.filter(({ msgtype }) => msgtype === name)) {
      await page.evaluate((message) => harness.draw(message), message)
      // Its parser comes later.
      if (name === "markdown") await page.locator(".wb-markdown blockquote").waitFor()
      await page.locator(".wb").evaluate((bubble, px) => {
        bubble.style.maxWidth = `${px}px`
      }, LEFT_OF_360)
      assert.deepEqual(await page.evaluate(BROKEN_NUMBERS), [], JSON.stringify(message).slice(0, 120))
      assert.ok((await overflowPx(page)) <= 0)
    }
  })
}
