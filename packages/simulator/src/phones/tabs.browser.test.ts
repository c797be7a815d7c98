import assert from "node:assert/strict"
import { test } from "node:test"
import type { Page } from "playwright-core"
import { inBrowser, openBrowser } from "../testing/browser.ts"
import { simClient } from "../testing/sim-client.ts"

/** A browser opens six connections to a host, and a stream of events takes one of them for as long as it is open. */
const TABS = ["zhangsan", "lisi", "WangWu", "zhangsan", "lisi", "WangWu", "zhangsan", "lisi"]

interface Tab {
  readonly page: Page
  member: string
}

// proves 28.tabs: phones in many tabs
test("eight tabs of one browser each show their own phone live", inBrowser, async () => {
  await using resources = new AsyncDisposableStack()
  const browser = resources.use(await openBrowser())
  const client = resources.use(await simClient())
  const tabs: Tab[] = []
  for (const member of TABS) {
    const url = `${client.sim.url}/?lang=en&user=${member}`
    const [first] = tabs
    const page = first === undefined ? await browser.open(url) : await first.page.context().newPage()
    if (first === undefined) resources.defer(() => page.context().close())
    else await page.goto(url)
    tabs.push({ page, member })
  }
  const shown = async ({ page, member }: Tab, text: string): Promise<void> =>
    page.getByRole("region", { name: "Messages" }).getByText(`${text} ${member}`, { exact: true }).waitFor()
  const sendToAll = async (text: string): Promise<void> => {
    for (const touser of new Set(TABS)) await client.send({ touser, text: { content: `${text} ${touser}` } })
    for (const tab of tabs) await shown(tab, text)
  }

  await sendToAll("first")
  const [opener, moved] = tabs
  assert.ok(opener !== undefined && moved !== undefined)
  // One goes to another phone, while the others stay.
  await moved.page.getByRole("navigation", { name: "Members" }).getByRole("link", { name: /王五/ }).click()
  moved.member = "WangWu"
  await shown(moved, "first")
  await sendToAll("second")
  // None depends on the one that was open before it.
  await tabs.shift()?.page.close()
  await sendToAll("third")
  assert.deepEqual(browser.errors, [])
})
