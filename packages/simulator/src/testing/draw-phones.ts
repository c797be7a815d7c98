// Draws the phones that the README and the first page of the site show: docs/pictures/phones-{zh,en}.webp.
import { readFile, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { openBrowser } from "./browser.ts"
import { simClient } from "./sim-client.ts"

const FONT = "@fontsource-variable/noto-sans-sc/"
const TEXTS = {
  zh: {
    disk: "磁盘 91%：db-3 的 /data 即将写满",
    title: "是否发布 4711？",
    desc: "api 到生产环境",
    yes: "同意",
    no: "拒绝",
  },
  en: {
    disk: "Disk 91%: /data of db-3 is nearly full",
    title: "Deploy 4711?",
    desc: "api to production",
    yes: "Yes",
    no: "No",
  },
} as const

await using client = await simClient()
await using browser = await openBrowser()
for (const language of ["zh", "en"] as const) {
  const { disk, title, desc, yes, no } = TEXTS[language]
  await client.control("POST", "reset")
  await client.send({ touser: "zhangsan|lisi", text: { content: disk } })
  await client.send({
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "deploy-4711",
      main_title: { title, desc },
      button_list: [
        { text: yes, key: "yes", style: 1 },
        { text: no, key: "no", style: 2 },
      ],
    },
  })
  // The policy of the page lets no font of another place in, and a machine without one shows boxes for Chinese.
  const page = await browser.open("about:blank", { viewport: { width: 800, height: 520 }, bypassCSP: true })
  await page.route("http://fonts.test/**", async (route) => {
    const file = fileURLToPath(import.meta.resolve(FONT + new URL(route.request().url()).pathname.slice(1)))
    await route.fulfill({ path: file, headers: { "access-control-allow-origin": "*" } })
  })
  await page.goto(`${client.sim.url}/?lang=${language}&user=zhangsan`)
  const css = await readFile(fileURLToPath(import.meta.resolve(`${FONT}index.css`)), "utf8")
  await page.addStyleTag({
    content: `${css.replaceAll("url(./", "url(http://fonts.test/")} * { font-family: "Noto Sans SC Variable" !important }`,
  })
  await page.getByText(title).first().waitFor()
  await page.evaluate("document.fonts.ready")
  await page.waitForTimeout(1000)
  const path = fileURLToPath(new URL(`../../../../docs/pictures/phones-${language}.webp`, import.meta.url))
  // A third of what it takes as PNG: the first page of the site has a limit.
  const devtools = await page.context().newCDPSession(page)
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 90 })
  await writeFile(path, Buffer.from(data, "base64"))
  console.log(path)
}
