import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { extname, join } from "node:path"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { inBrowser, openBrowser } from "../packages/simulator/src/testing/browser.ts"
import { proseOf, wordFaults } from "../tools/plain-words.ts"
import { shared } from "../tools/testing/shared.ts"
import { API_ENTRIES } from "./src/api-entries.ts"
import { addressOf, FIRST_PAGE, isInEnglishOnly, isOfApi, PAGES, pageOf, placeOf, REPOSITORY } from "./src/page-list.ts"
import { deadLinks, inOneLanguage } from "./src/page-faults.ts"
import { readPage } from "./src/read-page.ts"

const BUILT = join(import.meta.dirname, "dist")
const SITE = "http://site.test"
const FIRST_PAGE_BYTES = 300_000
const SEARCH_INDEX_BYTES = 1_000_000

const pages = globSync("**/*.html", { cwd: BUILT }).map((file) => {
  const html = readFileSync(join(BUILT, file), "utf8")
  const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => id))
  const targets = [...html.matchAll(/<[a-z]+\b[^>]*?\s(?:href|src)="([^"]+)"/g)].map(([, target = ""]) => target)
  return { address: `/${file.replace(/index\.html$/, "")}`, html, ids, targets }
})
const files = new Set(globSync("**/*.*", { cwd: BUILT }).map((file) => `/${file}`))
const browser = shared((resources) => openBrowser().then((opened) => resources.use(opened)))

// proves 30.site: each page, both languages
test("each guide, recipe and decision of docs/ is a page of the site", () => {
  const written = globSync("docs/**/*.md", { cwd: REPOSITORY })
  assert.deepEqual(
    written.filter((file) => pageOf(file) === undefined),
    [],
  )
  assert.equal(new Set(PAGES).size, PAGES.length)
  for (const page of PAGES) {
    for (const language of ["zh", "en"] as const) {
      assert.ok(
        pages.some(({ address }) => address === addressOf(page, language)),
        `${page} in ${language}`,
      )
    }
  }
})

// proves 30.site: each page, both languages
test("no page is in one language only, but for decisions, proofs and the API", () => {
  const written = globSync(["README*.md", "docs/**/*.md"], { cwd: REPOSITORY })
  assert.deepEqual(inOneLanguage(written), [])
  const alone = PAGES.filter((page) => isInEnglishOnly(page) && !page.startsWith("decisions/") && !isOfApi(page))
  assert.deepEqual(alone, ["proof"])
})

// proves 30.site: what packages export has its place
test("each name that a package exports is on its page, with what its docstring says", () => {
  const missing: string[] = []
  for (const { name, source, page } of API_ENTRIES) {
    const text = readFileSync(join(REPOSITORY, source), "utf8").replaceAll(/^\s*\/\/.*$/gm, "")
    const exported = [...text.matchAll(/\b(\w+)(?=,|\s*\} from)/g)].map(([, symbol = ""]) => symbol)
    const built = pages.find(({ address }) => address === addressOf(page, "en"))
    assert.ok(exported.length > 0 && built !== undefined, name)
    for (const symbol of exported) if (!built.ids.has(symbol.toLowerCase())) missing.push(`${name}: ${symbol}`)
  }
  assert.deepEqual(missing, [])
  const sdk = pages.find(({ address }) => address === "/api/sdk/")?.html
  assert.match(
    sdk ?? "",
    /Returns the app as WeCom sees it: the cheapest way to check that secret, agent id and trusted address are right/,
  )
})

// proves 30.site: docstrings are in plain words
test("docstrings that become pages are in plain words", () => {
  const faults = API_ENTRIES.flatMap(({ name, page }) =>
    wordFaults(proseOf(readFileSync(placeOf(`docs/${page}.md`), "utf8"))).map((fault) => `${name}:${fault}`),
  )
  assert.deepEqual(faults, [])
})

// proves 30.site: links and anchors
test("each link and anchor of each page leads somewhere", () => {
  assert.deepEqual(deadLinks(pages, files), [])
})

// proves 30.site: diagrams are drawn
test("a diagram is drawn in its page, by no script and no other host", () => {
  const drawn = pages.filter(({ html }) => html.includes('<figure class="diagram">'))
  assert.deepEqual(drawn.map(({ address }) => address).toSorted(), ["/architecture/", "/en/architecture/"])
  for (const { address, html } of drawn) {
    assert.doesNotMatch(html, /language-mermaid|data-language="mermaid"|flowchart TB|@import/)
    assert.ok(html.includes('data-label="sdk/src/client.ts"'), "the labels are there")
    const ids = [...html.matchAll(/<marker id="([^"]+)"/g)].map(([, id]) => id)
    assert.ok(ids.length > 0 && ids.length === new Set(ids).size, `${address}: ${ids.join(" ")}`)
  }
})

// proves 30.site: its source is what is there
test("the title, the way to the other language and links to sources are not left in a page; code stays as it is", () => {
  const text =
    "# `send`\n\n[中文](send.zh-CN.md) · [Guide](../guide-gateway.md)\n\nSee [`main.ts`](../../tools/a.ts) and [there](keys.md#scopes).\n\n```md\n[a](b.md)\n```\n"
  const { title, markdown } = readPage(text, "docs/gateway/send.md", undefined)
  assert.equal(title, "send")
  assert.equal(markdown.trim(), "See `main.ts` and [there](/en/gateway/keys/#scopes).\n\n```md\n[a](b.md)\n```")
  const linked = readPage(text, "docs/gateway/send.md", "https://example.com/repository").markdown
  assert.match(linked, /See \[`main\.ts`\]\(https:\/\/example\.com\/repository\/blob\/main\/tools\/a\.ts\)/)
  const chinese = readPage(
    "# 发送\n\n[English](send.md)\n\n第一行，\n第二行。\n",
    "docs/gateway/send.zh-CN.md",
    undefined,
  )
  assert.equal(chinese.markdown.trim(), "第一行，第二行。")
})

for (const language of ["zh", "en"] as const) {
  // proves 30.site: what the first page loads
  test(
    `the first page in ${language} loads at most 300 KB and asks no other host, and nothing of it is wider than 360 px`,
    inBrowser,
    async (t) => {
      const visit = await visitSite(addressOf(FIRST_PAGE, language))
      t.diagnostic(`${language}: ${visit.bytes()} bytes, ${visit.zipped()} when the host compresses`)
      assert.ok(visit.bytes() <= FIRST_PAGE_BYTES, `${visit.bytes()} bytes`)
      assert.deepEqual(visit.foreign, [])
      assert.ok(Number(await visit.page.evaluate("document.documentElement.scrollWidth")) <= 360)
    },
  )
}

/** Evaluated in a page; returns its faults. */
const FAULTS_SEEN = `(async () => {
  const pictures = [...document.images]
  for (const picture of pictures) picture.loading = "eager"
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => {})))
  const { scrollWidth, clientWidth } = document.documentElement
  return [
    ...(scrollWidth > clientWidth ? ["it is " + scrollWidth + " px wide"] : []),
    ...(document.querySelector("h1")?.textContent.trim() ? [] : ["it has no heading"]),
    ...pictures.filter(({ naturalWidth }) => naturalWidth === 0).map(({ src }) => "it lacks " + src),
  ]
})()`

// proves 30.site: each page looked at
test(
  "each page but decisions and the API, on a phone and on a screen, light or dark, has a heading and its pictures, and is not too wide",
  inBrowser,
  async (t) => {
    const addresses = pages
      .map(({ address }) => address)
      .filter((address) => !/^\/(?:en\/)?(?:api|decisions)\//.test(address))
    const startedAt = performance.now()
    // Two pages at a time. Each is loaded once; for another width or color scheme it is drawn again.
    const faults = await Promise.all(
      [0, 1].map(async (half) => {
        const { page } = await visitSite("/")
        const found: string[] = []
        let said: string[] = []
        page.on("pageerror", ({ message }) => said.push(message))
        page.on("console", (message) => {
          if (message.type() === "error") said.push(message.text())
        })
        for (const [place, address] of addresses.entries()) {
          if (place % 2 !== half) continue
          said = []
          await page.goto(SITE + address, { waitUntil: "load" })
          for (const [look, width] of [360, 1280].entries()) {
            await page.setViewportSize({ width, height: 800 })
            await page.emulateMedia({ colorScheme: ((place >> 1) + look) % 2 === 0 ? "light" : "dark" })
            const wrong = await page.evaluate<string[]>(FAULTS_SEEN)
            found.push(...wrong.map((fault) => `${address} at ${width} px: ${fault}`))
          }
          found.push(...said.map((fault) => `${address}: ${fault}`))
        }
        return found
      }),
    )
    t.diagnostic(`${addresses.length} pages in two looks in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
    assert.ok(addresses.length > 60, `${addresses.length} pages`)
    assert.deepEqual(faults.flat(), [])
  },
)

/** Words that occur inside sentences. */
const WORDS =
  "可信 去重 撤回 手机号 证书 额度 幂等 加密 可见范围 回调 令牌 代理 备份 分段 素材 租约 审计 断点 快照 优先级".split(
    " ",
  )

// proves 30.site: Chinese words are found
test(
  "twenty Chinese words from inside sentences are found, on one of the first five pages at least",
  inBrowser,
  async () => {
    const visit = await visitSite("/")
    const faults: string[] = []
    for (const word of WORDS) {
      const having = pages.filter(({ address, html }) => !address.startsWith("/en/") && html.includes(word))
      if (having.length === 0) faults.push(`no page has ${word}: choose another word`)
      const found = (await visit.search(word)).slice(0, 5)
      if (!having.some(({ address }) => found.includes(address))) faults.push(`${word} is not in ${found.join(" ")}`)
    }
    assert.deepEqual(faults, [])
    assert.equal(new Set(WORDS).size, 20)
    assert.deepEqual(await visit.search("鹦鹉"), [])
  },
)

// proves 30.site: Chinese words are found
test("what is typed into the search box leads to the page", inBrowser, async () => {
  const { page } = await visitSite("/gateway/send/")
  await page.getByRole("button", { name: "搜索" }).click()
  await page.getByRole("textbox").or(page.getByRole("searchbox")).fill("快照")
  await page.locator("a[href^='/gateway/backup/']").filter({ visible: true }).first().waitFor()
  await page.getByText(/^找到 \d+ 个含有“快照”的页面$/).waitFor()
})

// proves 30.site: what a search loads at most
test("all of the search of a language is at most 1 MB", (t) => {
  const indexed = JSON.parse(readFileSync(join(BUILT, "pagefind/pagefind-entry.json"), "utf8")) as {
    languages: Record<string, { page_count: number }>
  }
  assert.deepEqual(Object.keys(indexed.languages).toSorted(), ["en", "zh-cn"])
  for (const language of ["en", "zh-cn"]) {
    const parts = [...files].filter((file) => file.startsWith("/pagefind/") && file.includes(`${language}_`))
    const bytes = parts.reduce((sum, file) => sum + readFileSync(join(BUILT, file)).length, 0)
    t.diagnostic(`${language}: ${bytes} bytes, for ${indexed.languages[language]?.page_count} pages`)
    assert.ok(bytes > 0 && bytes <= SEARCH_INDEX_BYTES, `${bytes} bytes`)
  }
})

interface Visit {
  readonly page: Awaited<ReturnType<Awaited<ReturnType<typeof openBrowser>>["open"]>>
  readonly foreign: readonly string[]
  bytes(): number
  zipped(): number
  search(word: string): Promise<string[]>
}

const ON_A_PHONE = { viewport: { width: 360, height: 740 } }

/** Opens a page of the site. The browser's requests are answered from the built folder. */
async function visitSite(address: string, look = ON_A_PHONE): Promise<Visit> {
  const page = await browser().open("about:blank", look)
  const loaded = new Map<string, Buffer>()
  const foreign: string[] = []
  await page.context().route("**/*", async (route) => {
    const { origin, pathname } = new URL(route.request().url())
    if (origin !== SITE) foreign.push(route.request().url())
    const file = join(BUILT, decodeURI(pathname), pathname.endsWith("/") ? "index.html" : "")
    const body = await readFile(file).catch(() => undefined)
    if (body === undefined) return route.fulfill({ status: 404 })
    loaded.set(file, body)
    await route.fulfill({ path: file })
  })
  await page.goto(SITE + address, { waitUntil: "networkidle" })
  const sum = (size: (file: string, body: Buffer) => number): number =>
    [...loaded].reduce((total, [file, body]) => total + size(file, body), 0)
  return {
    page,
    foreign,
    bytes: () => sum((_, body) => body.length),
    zipped: () => sum((file, body) => (extname(file) === ".webp" ? body.length : gzipSync(body).length)),
    search: (word) =>
      page.evaluate(`import("/pagefind/pagefind.js").then(async (pagefind) => {
        const { results } = await pagefind.search(${JSON.stringify(word)})
        const found = await Promise.all(results.slice(0, 60).map((result) => result.data()))
        return found.map(({ url }) => url)
      })`),
  }
}
