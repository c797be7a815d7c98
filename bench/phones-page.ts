import { gzipSync } from "node:zlib"
import { openBrowser, type OpenBrowser } from "../packages/simulator/src/testing/browser.ts"
import { MENU, SELECTS, VOTE } from "../packages/simulator/src/testing/cards.ts"
import type { Report } from "./lib/report.ts"
import { simulate, type Simulator } from "./lib/simulate.ts"

type Page = Awaited<ReturnType<OpenBrowser["open"]>>

const MESSAGES = 10_000
const LIVE_MESSAGES = 500
const MEMBERS = 20_000

/** Measures the page in a real browser: its script, the time until the first message, and its longest stall with 10,000. */
export async function phonesPage(report: Report): Promise<void> {
  await using sim = await simulate({ members: MEMBERS })
  await fill(sim, MESSAGES)
  // The first request in a checkout builds the page, which is not to be measured.
  await (await fetch(address(sim))).text()

  await using browser = await openBrowser()
  await coldLoad(report, browser, sim)
  await scrolling(report, browser, sim)
  await members(report, browser, sim)
}

const address = ({ port }: Simulator): string => `http://127.0.0.1:${port}/?lang=zh&user=zhangsan`

async function coldLoad(report: Report, browser: OpenBrowser, sim: Simulator): Promise<void> {
  const firstMessages: number[] = []
  const scripts: number[] = []
  for (let round = 0; round < 5; round++) {
    const page = await browser.open("about:blank")
    await page.addInitScript(NOTE_FIRST_MESSAGE)
    const sizes: Promise<number>[] = []
    page.on("response", (response) => {
      if (response.url().endsWith(".js")) sizes.push(response.body().then((body) => gzipSync(body).length))
    })
    await page.goto(address(sim))
    firstMessages.push(await page.evaluate<number>("globalThis.firstMessageMs"))
    await page.locator(".timeline strong").first().waitFor()
    scripts.push((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0))
    await page.context().close()
  }
  const kilobytes = Math.max(...scripts) / 1000
  report.add({
    what: "phones page, script of all kinds of messages (gzip)",
    measured: kilobytes,
    atMost: 150,
    unit: "kB",
  })
  const middle = firstMessages.toSorted((a, b) => a - b)[2] ?? Infinity
  const note = "median of 5"
  report.add({ what: "phones page, cold load to first message", measured: middle, atMost: 1000, unit: "ms", note })
}

async function scrolling(report: Report, browser: OpenBrowser, sim: Simulator): Promise<void> {
  const page = await browser.open("about:blank")
  await page.addInitScript(NOTE_LONG_TASKS)
  await page.goto(address(sim))
  await page.locator(".timeline-entry").last().hover()
  await longestTask(page)

  const began = performance.now()
  const beginning = page.locator(".timeline-top", { hasText: "没有更早的消息了" })
  while (!(await beginning.isVisible())) {
    for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, -2500)
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  const unit = "ms"
  const scrolled = { measured: await longestTask(page), atMost: 100, unit, note: `${seconds} s; 0: none over 50 ms` }
  report.add({ what: "phones page, longest task while 10,000 messages are scrolled to the first", ...scrolled })

  await page.locator(".timeline").press("End")
  await page.locator(".timeline-entry").last().waitFor()
  await longestTask(page)
  await fill(sim, LIVE_MESSAGES)
  await page.locator(".timeline").getByText(`第 ${LIVE_MESSAGES} 条`).first().waitFor()
  const live = { measured: await longestTask(page), atMost: 100, unit }
  report.add({ what: "phones page, longest task while 500 messages arrive below the 10,000", ...live })
  await page.context().close()
}

async function members(report: Report, browser: OpenBrowser, sim: Simulator): Promise<void> {
  const page = await browser.open("about:blank")
  await page.addInitScript(NOTE_LONG_TASKS)
  await page.goto(address(sim))
  await page.locator(".member").nth(5).hover()
  await longestTask(page)

  // Meanwhile all members get messages, so that the order of the list changes many times.
  const everybody = fill(sim, 20, "@all")
  const last = page.locator(`.members li[aria-posinset="${MEMBERS + 6}"] a`)
  while (!(await last.isVisible())) {
    for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, 20_000)
  }
  for (const sign of "m019999") await page.getByRole("searchbox").press(sign)
  await page.locator(".member", { hasText: "m019999" }).waitFor()
  await everybody
  const what = `phones page, longest task while ${MEMBERS} members are scrolled through and searched`
  report.add({ what, measured: await longestTask(page), atMost: 100, unit: "ms" })
  await page.context().close()
}

/** The longest task since the last call. */
const longestTask = (page: Page): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => setTimeout(() => {
    resolve(Math.max(0, ...globalThis.longTasks.splice(0)))
  }, 200))`)

const NOTE_LONG_TASKS = `
  globalThis.longTasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration)
  }).observe({ type: "longtask", buffered: true })`

const NOTE_FIRST_MESSAGE = `
  globalThis.firstMessageMs = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (document.querySelector(".timeline-entry .wb") === null) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.now()))
    }).observe(document, { childList: true, subtree: true })
  })`

/** Sends messages of the kinds that cost most to draw, among texts. */
async function fill(sim: Simulator, count: number, touser = "zhangsan"): Promise<void> {
  const token = await tokenOf(sim)
  let sent = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (sent < count) {
        const body = { touser, agentid: 1000002, ...messageOf(++sent) }
        const url = `http://127.0.0.1:${sim.port}/cgi-bin/message/send?access_token=${token}`
        const response = await fetch(url, { method: "POST", body: JSON.stringify(body) })
        const { errcode } = (await response.json()) as { errcode: number }
        if (errcode !== 0) throw new Error(`errcode ${errcode}`)
      }
    }),
  )
}

function messageOf(number: number): object {
  switch (number % 10) {
    case 1:
      return {
        msgtype: "markdown",
        markdown: {
          content: `## 发布 ${number}\n> 环境 <font color="info">生产</font>\n**完成**，[日志](https://a.example)`,
        },
      }
    case 3:
      return {
        msgtype: "textcard",
        textcard: {
          title: `告警 ${number}`,
          description: '<div class="highlight">91%</div>',
          url: "https://a.example",
        },
      }
    case 5:
    case 6:
    case 7: {
      const card = [VOTE, SELECTS, MENU][number % 3]
      return { msgtype: "template_card", template_card: { ...card, task_id: `task-${number}-${Date.now()}` } }
    }
    default:
      return { msgtype: "text", text: { content: `第 ${number} 条` } }
  }
}

async function tokenOf(sim: Simulator): Promise<string> {
  const query = "corpid=ww0000000000000001&corpsecret=sim-secret-alerts"
  const response = await fetch(`http://127.0.0.1:${sim.port}/cgi-bin/gettoken?${query}`)
  return ((await response.json()) as { access_token: string }).access_token
}
