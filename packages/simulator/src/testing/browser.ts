import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, type BrowserContextOptions, type Page } from "playwright-core"
import { findChromium, noChromium } from "./chromium.ts"

export interface OpenBrowser extends AsyncDisposable {
  /** A page that fails the test by what it logs as an error, in a browser with nothing of the other pages. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>
  readonly errors: string[]
}

/** On a busy machine everything may take a while; what hangs is found all the same. */
const PATIENCE_MS = 90_000

/** Of each test that opens a page. */
export const inBrowser = { skip: noChromium }

/** A real browser. Where there is none, one that opens nothing: what the tests of a file share is started all the same. */
export async function openBrowser(): Promise<OpenBrowser> {
  if (noChromium !== false) {
    return {
      open: () => Promise.reject(new Error(`this ${noChromium}`)),
      errors: [],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }
  await using opening = new AsyncDisposableStack()
  const { executablePath, env } = await findChromium()
  // A folder of its own, so that nothing of an earlier run is found and nothing is left.
  const folder = await mkdtemp(join(tmpdir(), "browser-"))
  opening.defer(() => rm(folder, { recursive: true, force: true }))
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
    // Without a locale Chromium cannot save a file by a Chinese name.
    env: { ...env, TMPDIR: folder, LANG: "C.UTF-8" },
    timeout: PATIENCE_MS,
  })
  opening.defer(() => browser.close())
  const resources = opening.move()
  const errors: string[] = []
  return {
    errors,
    async open(url, options = {}) {
      const context = await browser.newContext(options)
      context.setDefaultTimeout(PATIENCE_MS)
      const page = await context.newPage()
      page.on("pageerror", (error) => errors.push(error.message))
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text())
      })
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/**
 * Resolves when an expression holds in the page. `waitForFunction` cannot look twice: the policy of the simulator's page
 * lets nothing be evaluated in it.
 */
export async function until(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression}) ? resolve() : setTimeout(look, 20)
    look()
  })`)
}
