import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { afterEach, test } from "node:test"
import { EXAMPLES } from "@wecom-push/bubble/examples"
import type { Page } from "playwright-core"
import { shared } from "../../../../tools/testing/shared.ts"
import { startSimulator } from "../start-simulator.ts"
import { BROKEN_NUMBERS } from "../testing/broken-numbers.ts"
import { inBrowser, openBrowser, until } from "../testing/browser.ts"

const simulator = shared(async (resources) => resources.adopt(await startSimulator({ port: 0 }), (one) => one.close()))
const browser = shared(async (resources) => resources.use(await openBrowser()))
afterEach(() => assert.deepEqual(browser().errors.splice(0), []))

for (const language of ["zh", "en"] as const) {
  for (const width of [1280, 360]) {
    test(
      `the gallery (${language}, ${width} wide) shows every example whole, in the order they are kept`,
      inBrowser,
      async () => {
        await using page = await openGallery(language, { width, height: 800 })
        const headings = await page.locator(".gallery-item h2").allTextContents()
        assert.deepEqual(
          headings,
          EXAMPLES.map(({ name }) => name[language]),
        )
        assert.deepEqual(await page.evaluate(STICKING_OUT), [])
        assert.deepEqual(await page.evaluate(EMPTY), [])
        assert.deepEqual(await page.evaluate(BROKEN_NUMBERS), [])
      },
    )
  }
}

test("what the gallery shows can be played, looked at and saved", inBrowser, async () => {
  await using page = await openGallery("en", { width: 1280, height: 800 })
  await page.getByRole("button", { name: "Play voice message, 2 s" }).waitFor()
  await until(page, 'document.querySelector("video").readyState >= 1')
  const failed = await page.locator(".wb-picture-failed").count()
  assert.equal(failed, 0)
  const file = page.getByRole("link", { name: /^disk-report\.csv \d/ })
  const [download] = await Promise.all([page.waitForEvent("download"), file.click()])
  assert.equal(download.suggestedFilename(), "disk-report.csv")
  assert.match(await readFile(await download.path(), "utf8"), /db-3/)
})

test("what is pressed in the gallery is shown below its card", inBrowser, async () => {
  await using page = await openGallery("en", { width: 1280, height: 800 })
  const card = page.getByRole("listitem", { name: "Card: vote, several choices" })
  await card.getByRole("checkbox", { name: "Hotpot" }).check()
  await card.getByRole("button", { name: "Vote" }).click()
  await card.getByText('{"key":"vote","selected":{"where":["noodles","hotpot"]}}').waitFor()
})

async function openGallery(language: "zh" | "en", viewport: { width: number; height: number }): Promise<Page> {
  const page = await browser().open(`${simulator().url}/gallery?lang=${language}`, { viewport })
  await page.locator(".wb-markdown strong").waitFor()
  return page
}

/** Elements that are too wide, or outside of their bubble; a menu that is not open has no place at all. */
const STICKING_OUT = `Array.from(document.querySelectorAll(".wb *")).filter((element) => {
  const box = element.getBoundingClientRect()
  const bubble = element.closest(".wb").getBoundingClientRect()
  if (box.width === 0 || element.matches(".wb-hidden, .wb-hidden *, .wb-icon *")) return false
  return box.left < bubble.left - 5 || box.right > bubble.right + 1 || bubble.right > innerWidth
}).map((element) => element.outerHTML.slice(0, 200))`

const EMPTY = `Array.from(document.querySelectorAll(".gallery-item .wb")).filter((bubble) => {
  const { width, height } = bubble.getBoundingClientRect()
  return width < 20 || height < 18 || bubble.childNodes.length === 0
}).map((bubble) => bubble.outerHTML.slice(0, 200))`
