import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"
import { openBrowser } from "../../../../../simulator/src/testing/browser.ts"
import { noChromium } from "../../../../../simulator/src/testing/chromium.ts"
import { without } from "../../../../../../tools/testing/programs.ts"
import { API_EXAMPLES } from "../api-examples.ts"
import { ADMIN_KEY } from "../testing/start-gateway.ts"
import { startWithSimulator } from "../testing/start-with-simulator.ts"

// proves 30.docs: the curl that the API page copies
test(
  "30.docs: the curl that /docs shows for a message reaches a phone; the page speaks the reader's language",
  { skip: noChromium || without("curl") },
  async () => {
    await using world = await startWithSimulator()
    await using browser = await openBrowser()
    const page = await browser.open(`${world.gateway.url}/docs`)
    const shown = page.locator("pre", { hasText: /\/v1\/messages \\\s+--request POST/ }).first()
    const curl = (await shown.innerText()).replace("YOUR_SECRET_TOKEN", ADMIN_KEY)
    assert.equal(await page.locator("html").getAttribute("lang"), "en")
    const chinese = await browser.open(`${world.gateway.url}/docs`, { locale: "zh-CN" })
    await chinese.getByText("测试请求").first().waitFor()
    await chinese.getByText("提交一条消息").first().waitFor()
    assert.equal(await chinese.locator("html").getAttribute("lang"), "zh")
    assert.equal(await page.getByText("测试请求").count(), 0)
    const narrow = await browser.open(`${world.gateway.url}/docs`, { viewport: { width: 360, height: 740 } })
    await narrow.getByText("developer.work.weixin.qq.com").first().waitFor()
    assert.ok(Number(await narrow.evaluate("document.documentElement.scrollWidth")) <= 360)
    assert.deepEqual(browser.errors, [])

    const env = { ...process.env, no_proxy: "*" }
    const { stdout } = await promisify(execFile)("bash", ["-c", curl], { env })
    const { id, recipients } = JSON.parse(stdout) as { readonly id: string; readonly recipients: number }
    await world.until(id, "partly_sent")
    const example = API_EXAMPLES["sendMessage"]?.response as { readonly recipients: number } | undefined
    assert.equal(recipients, example?.recipients)
    assert.equal((await world.phone("zhangsan")).length, 1)
  },
)
