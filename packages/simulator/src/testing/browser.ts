import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, type BrowserContextOptions, type Page } from "playwright-core"
import { findChromium, noChromium } from "./chromium.ts"

export interface OpenBrowser extends AsyncDisposable {
  /** Opens a page in a browser context of its own; errors that it logs fail the test. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>
  readonly errors: string[]
}

/** On a busy machine everything may take a while; a page that hangs is still found. */
const PATIENCE_MS = 90_000

/** The options of each test that opens a page. */
export const inBrowser = { skip: noChromium }

/**
 * Opens a real browser. Without Chromium it returns one that opens nothing, because the tests of a file share it even
 * when they are skipped.
 */
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
  // A folder of its own, so that nothing of an earlier run is found and nothing is left behind.
  const folder = await mkdtemp(join(tmpdir(), "browser-"))
  opening.defer(() => rm(folder, { recursive: true, force: true }))
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
    // Without a locale Chromium cannot save a file under a Chinese name.
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
 * Resolves when an expression is true in the page. `waitForFunction` cannot check twice, because the policy of the
 * simulator's page forbids evaluating code in it.
 */
export async function until(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression}) ? resolve() : setTimeout(look, 20)
    look()
  })`)
}
