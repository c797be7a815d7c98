// Draws the pictures of the gallery that the documentation shows: docs/pictures/gallery-{zh,en}-{wide,narrow}.png.
import { mkdir } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { openBrowser } from "./browser.ts"
import { type BubbleHarness, serveBubblePage } from "./bubble-page.ts"

declare const harness: BubbleHarness

const folder = fileURLToPath(new URL("../../../../docs/pictures/", import.meta.url))
await mkdir(folder, { recursive: true })
await using served = await serveBubblePage()
await using browser = await openBrowser()
for (const language of ["zh", "en"] as const) {
  for (const [size, width] of [
    ["wide", 1280],
    ["narrow", 360],
  ] as const) {
    const page = await browser.open(served.url)
    await page.setViewportSize({ width, height: 800 })
    await page.evaluate((language) => harness.drawGallery(language), language)
    await page.locator(".wb-markdown strong").waitFor()
    // Pictures further down are loaded when they are scrolled near.
    for (let y = 0; y < 8000; y += 600) await page.mouse.wheel(0, 600)
    await page.waitForLoadState("networkidle")
    // A video shows for a moment that it is loading, even after it has loaded.
    await page.waitForTimeout(1500)
    const path = `${folder}gallery-${language}-${size}.png`
    await page.screenshot({ path, fullPage: true })
    console.log(path)
    await page.close()
  }
}
