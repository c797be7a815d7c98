import { access, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { chromium, type BrowserContextOptions, type Page } from "playwright-core"

export interface OpenBrowser extends AsyncDisposable {
  /** A page that fails the test by what it logs as an error, in a browser with nothing of the other pages. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>
  readonly errors: string[]
}

/** A real browser: the Chromium of the machine, or else the one that npm brought. */
export async function openBrowser(): Promise<OpenBrowser> {
  // A folder of its own, so that nothing of an earlier run is found and nothing is left.
  const folder = await mkdtemp(join(tmpdir(), "browser-"))
  const browser = await chromium.launch({
    executablePath: (await chromiumInPath()) ?? (await chromiumOfNpm()),
    args: ["--no-sandbox", "--disable-gpu"],
    env: { ...process.env, TMPDIR: folder },
  })
  const errors: string[] = []
  return {
    errors,
    async open(url, options = {}) {
      const page = await (await browser.newContext(options)).newPage()
      page.on("pageerror", (error) => errors.push(error.message))
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text())
      })
      await page.goto(url)
      return page
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
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

async function chromiumInPath(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(folder, name)
      const isThere = await access(path).then(
        () => true,
        () => false,
      )
      if (isThere) return path
    }
  }
  return undefined
}

async function chromiumOfNpm(): Promise<string> {
  const { default: packed } = await import("@sparticuz/chromium")
  return packed.executablePath()
}
