import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { once } from "node:events"
import react from "@vitejs/plugin-react"
import { build } from "vite"
import { amr } from "./sample-media.ts"

const PAGE = new URL("../../page/", import.meta.url).pathname

// As strict as the policy of the phones page.
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https: http:; " +
  "media-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const MARKUP = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Bubble</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/harness.css"><script type="module" src="/harness.js"></script></head>
<body><main><h1 class="wb-hidden">Bubble</h1><div id="root"></div></main></body></html>`

/** What the page offers as `harness`; see `page/src/testing/bubble-harness.tsx`. */
export interface BubbleHarness {
  draw(message: HarnessMessage, more?: { readonly pressed?: string }): void
  drawGallery(language: "zh" | "en"): void
  /** From now on each press lasts until `settle`. */
  hold(): void
  settle(): void
  readonly presses: readonly unknown[]
}

export interface HarnessMessage {
  readonly msgtype: string
  readonly [part: string]: unknown
}

export interface BubblePage extends AsyncDisposable {
  readonly url: string
}

/** A page that draws what its `harness` gets, under the policy of the phones page. */
export async function serveBubblePage(): Promise<BubblePage> {
  const files = await bundle()
  const server = createServer(({ url = "/" }, response) => {
    response.setHeader("Content-Security-Policy", CONTENT_POLICY)
    if (url === "/") return response.setHeader("Content-Type", "text/html").end(MARKUP)
    if (url.startsWith("/media/voice")) return response.setHeader("Content-Type", "audio/amr").end(amr(2))
    const file = files.get(url)
    if (file === undefined) return response.writeHead(404).end()
    return response.setHeader("Content-Type", typeOf(url)).end(file)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const built = await build({
    root: PAGE,
    configFile: false,
    logLevel: "warn",
    plugins: [react()],
    build: {
      write: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: `${PAGE}src/testing/bubble-harness.tsx`,
        output: { entryFileNames: "harness.js", assetFileNames: "assets/[name][extname]" },
      },
    },
  })
  // As bytes: each test loads the page anew.
  const files = new Map<string, Uint8Array>()
  for (const { output } of [built].flat().filter((one) => "output" in one)) {
    for (const file of output) {
      const path = file.fileName.endsWith(".css") ? "/harness.css" : `/${file.fileName}`
      files.set(path, Buffer.from(file.type === "chunk" ? file.code : file.source))
    }
  }
  return files
}

function typeOf(path: string): string {
  const extension = path.slice(path.lastIndexOf(".") + 1)
  return (
    { js: "text/javascript", css: "text/css", wav: "audio/wav", mp4: "video/mp4", woff2: "font/woff2" }[extension] ??
    "text/plain"
  )
}
