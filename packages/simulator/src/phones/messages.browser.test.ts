import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createHash, randomBytes } from "node:crypto"
import { afterEach, test } from "node:test"
import { EXAMPLES } from "@wecom-push/bubble/examples"
import type { Locator, Page } from "playwright-core"
import { shared } from "../../../../tools/testing/shared.ts"
import { inBrowser, openBrowser, until } from "../testing/browser.ts"
import { amr, PNG } from "../testing/sample-media.ts"
import { simClient, type SimClient } from "../testing/sim-client.ts"

const browser = shared(async (resources) => resources.use(await openBrowser()))
afterEach(() => assert.deepEqual(browser().errors.splice(0), []))

/** The elements of each example that must be visible after it was sent by HTTP, as selectors within its bubble. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  Text: [
    'a[href="https://ci.example.com/4711"]:has-text("点此查看")',
    'a[href="https://intra.example.com/oncall"]:has-text("https://intra.example.com/oncall")',
  ],
  Markdown: [".wb-h2", "strong", "code", "blockquote .wb-warning", ".wb-info", ".wb-comment", "a"],
  Image: ["a.wb-image img"],
  Voice: [".wb-voice"],
  Video: ["video", '.wb-title:has-text("故障回放")'],
  File: ['a.wb-file:has-text("disk-report.csv")'],
  "Text card": [".wb-gray", ".wb-normal", ".wb-highlight", '.wb-foot:has-text("去审批")'],
  "Mini-program notice": [".wb-first-large", ".wb-pair", ".wb-foot"],
  "News, one article": [".wb-article-picture", ".wb-title", ".wb-quiet"],
  "News, several articles": [".wb-article-picture", ".wb-article-across", ".wb-article-thumb >> nth=1"],
  "Article kept by WeCom (mpnews)": ["button.wb-article-large img", ".wb-quiet"],
  "Card: text notice": [
    ".wb-source-icon",
    ".wb-source-red",
    ".wb-menu-opener",
    ".wb-title",
    ".wb-figure",
    "a.wb-quote",
    ".wb-pair a[download]",
    ".wb-member",
    ".wb-jumps .wb-row >> nth=1",
    ".wb-card:has(> a.wb-cover)",
  ],
  "Card: news notice": [
    ".wb-source-green",
    ".wb-menu-opener",
    ".wb-card-image",
    "a.wb-image-text",
    ".wb-quote",
    ".wb-verticals",
    ".wb-pair",
    ".wb-jumps .wb-row",
  ],
  "Card: buttons": [
    ".wb-source-black",
    ".wb-menu-opener",
    "a.wb-quote",
    ".wb-member",
    ".wb-select select",
    "button.wb-button-1",
    "button.wb-button-2",
    ".wb-card:has(> a.wb-cover)",
  ],
  "Card: the four styles of buttons": [
    "button.wb-button-1",
    "button.wb-button-2",
    "button.wb-button-3",
    "button.wb-button-4",
    "a.wb-button-4",
  ],
  "Card: vote, several choices": [".wb-source", "input[type=checkbox] >> nth=2", "button.wb-button"],
  "Card: vote, one choice": ["input[type=radio] >> nth=2", "button.wb-button"],
  "Card: several lists": [".wb-source", "select >> nth=1", "button.wb-button"],
}

// proves 4.7: the phones
test("a message of every type, as an app sends it, is drawn on the phone with all its parts", inBrowser, async () => {
  await using client = await simClient()
  await client.settings({ limits: { member_per_minute: null } })
  const uploaded = await upload(client)
  await using page = await browser().open(`${client.sim.url}/?lang=zh&user=zhangsan`)
  for (const [name, selectors] of Object.entries(SEEN)) {
    const { errcode, errmsg } = await client.send(uploaded.message(name))
    assert.equal(errcode, 0, `${name}: ${errmsg}`)
    const bubble = newest(page)
    for (const selector of selectors) await seen(bubble.locator(selector), `${name}: ${selector}`)
    await until(page, ALL_PICTURES_LOADED)
    assert.equal(await bubble.locator(".wb-notice, .wb-picture-failed, .wb-gone").count(), 0, name)
  }
})

test(
  "the colours of text cards, markdown and sources can be distinguished, in light and in dark",
  inBrowser,
  async () => {
    await using client = await simClient()
    await client.settings({ limits: { member_per_minute: null } })
    const uploaded = await upload(client)
    const groups = {
      "Text card": [".wb-gray", ".wb-normal", ".wb-highlight"],
      Markdown: [".wb-info", ".wb-comment", ".wb-warning"],
    }
    for (const colorScheme of ["light", "dark"] as const) {
      await using page = await browser().open(`${client.sim.url}/?lang=zh&user=zhangsan`, { colorScheme })
      for (const [name, selectors] of Object.entries(groups)) {
        await client.send(uploaded.message(name))
        const colours = new Set<string>()
        for (const selector of selectors) {
          await newest(page).locator(selector).waitFor()
          colours.add(await page.evaluate<string>(colourOf(selector)))
        }
        assert.equal(colours.size, selectors.length, `${name}, ${colorScheme}: ${[...colours].join()}`)
      }
    }
  },
)

test("an article kept by WeCom shows its picture and opens over the phone", inBrowser, async () => {
  await using client = await simClient()
  await client.send((await upload(client)).message("Article kept by WeCom (mpnews)"))
  await using page = await browser().open(`${client.sim.url}/?lang=zh&user=zhangsan`)
  const opener = newest(page).getByRole("button", { name: /2026 年差旅标准/ })
  await opener.waitFor()
  await until(page, ALL_PICTURES_LOADED)
  assert.equal(await opener.locator("img").count(), 1)
  await opener.click()
  const article = page.getByRole("dialog", { name: "2026 年差旅标准" })
  await article.getByText("财务部").waitFor()
  await article.getByRole("link", { name: "阅读原文" }).waitFor()
  await article.getByRole("button", { name: "关闭" }).click()
  await article.waitFor({ state: "detached" })
})

// proves 4.test 3: 20 MB up and down
test("a file of 20 MB that was uploaded comes back whole from the phone", inBrowser, async () => {
  await using client = await simClient()
  const bytes = randomBytes(20 * 1024 * 1024)
  const query = { access_token: await client.token(), type: "file" }
  const { media_id } = await client.upload("media/upload", query, { bytes, filename: "备份.bin" })
  await client.send({ msgtype: "file", file: { media_id } })
  await using page = await browser().open(`${client.sim.url}/?lang=zh&user=zhangsan`)
  const link = newest(page).getByRole("link", { name: "备份.bin 20MB" })
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()])
  assert.equal(download.suggestedFilename(), "备份.bin")
  assert.equal(sha256(await readFile(await download.path())), sha256(bytes))
})

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex")

const newest = (page: Page): Locator => page.locator(".timeline-entry").last().locator(".wb")

async function seen(part: Locator, what: string): Promise<void> {
  await part
    .first()
    .waitFor()
    .catch((error: unknown) => {
      throw new Error(`not seen: ${what}`, { cause: error })
    })
}

const ALL_PICTURES_LOADED = `Array.from(document.querySelectorAll(".timeline img")).every(
  (image) => image.complete && image.naturalWidth > 0,
)`

const colourOf = (selector: string): string =>
  `getComputedStyle(Array.from(document.querySelectorAll(".timeline ${selector}")).at(-1)).color`

interface Uploaded {
  /** The example of that name, with files and pictures of this simulator, ready to be sent. */
  message(name: string): Record<string, unknown>
}

/** Uploads the files of the examples, and a picture to use in place of everything that would be loaded from other sites. */
async function upload(client: SimClient): Promise<Uploaded> {
  const media = new URL("../../page/src/gallery/media/", import.meta.url)
  const access_token = await client.token()
  const idOf = async (type: string, bytes: Uint8Array<ArrayBuffer>, filename: string): Promise<string> => {
    const { media_id, errmsg } = await client.upload("media/upload", { access_token, type }, { bytes, filename })
    assert.equal(typeof media_id, "string", errmsg)
    return String(media_id)
  }
  const picture = await idOf("image", PNG, "outing.png")
  const ids: Readonly<Record<string, string>> = {
    "EXAMPLE-picture": picture,
    "EXAMPLE-thumb": picture,
    "EXAMPLE-voice": await idOf("voice", amr(2), "voice.amr"),
    "EXAMPLE-video": await idOf("video", await readFile(new URL("replay.mp4", media)), "replay.mp4"),
    "EXAMPLE-file": await idOf("file", await readFile(new URL("disk-report.csv", media)), "disk-report.csv"),
  }
  const { url } = await client.upload("media/uploadimg", { access_token }, { bytes: PNG })
  let sent = 0
  return {
    message(name) {
      const example = EXAMPLES.find((one) => one.name.en === name)
      assert.ok(example !== undefined, name)
      const written = JSON.stringify(example.message.zh)
        .replaceAll(/"data:image[^"]*"/g, JSON.stringify(url))
        .replaceAll(/"task_id":"[^"]*"/g, `"task_id":"task-${++sent}"`)
        .replaceAll("wx0000000000000000", "wx0000000000000001")
        .replaceAll(/EXAMPLE-\w+/g, (id) => ids[id] ?? id)
      return JSON.parse(written) as Record<string, unknown>
    },
  }
}
