import type { Language } from "@wecom-push/protocol"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { queryText } from "../api/call.ts"
import { isJsonObject } from "../json.ts"
import { BuiltPage, type PageSource } from "./built-page.ts"
import { preferredLanguage } from "./preferred-language.ts"

/** Serves the page at `/`, the addresses of its views, and the files that it loads. */
export function pageRoutes(server: FastifyInstance, source: PageSource): void {
  const page = new BuiltPage(source)
  for (const view of ["/", "/gallery", "/panel"]) {
    server.get(view, (request, reply) =>
      page.index().then(
        ({ bytes, type }) =>
          reply
            .headers({ ...SAFE_HEADERS, "Content-Security-Policy": CONTENT_POLICY, Vary: "Accept-Language" })
            .type(type)
            .send(inLanguage(bytes.toString("utf8"), languageOf(request))),
        (error: unknown) =>
          reply.code(503).headers(SAFE_HEADERS).type("text/plain; charset=utf-8").send(failure(error)),
      ),
    )
  }
  server.get<{ Params: { "*": string } }>("/assets/*", async (request, reply) => {
    const file = await page.file(`assets/${request.params["*"]}`).catch(() => undefined)
    if (file !== undefined) return sendAsset(reply, file)
    return reply
      .code(404)
      .headers({ ...SAFE_HEADERS, "Error-Msg": NO_ASSET })
      .send()
  })
}

/** For a page that was built again in the meantime. */
const NO_ASSET = "the page has no such file, or no longer; load the page again"

function sendAsset(reply: FastifyReply, { bytes, type }: { bytes: Buffer; type: string }): FastifyReply {
  // The names of assets change with their content.
  const headers = { ...SAFE_HEADERS, "Cache-Control": "public, max-age=31536000, immutable" }
  return reply.headers(headers).type(type).send(bytes)
}

const SAFE_HEADERS = {
  "Cache-Control": "no-cache",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
}

// Pictures of a message may come from any site, nothing else may.
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https: http:; " +
  "media-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

function languageOf(request: FastifyRequest): Language {
  const wanted = isJsonObject(request.query) ? queryText(request.query, "lang") : ""
  return wanted === "zh" || wanted === "en" ? wanted : preferredLanguage(request.headers["accept-language"])
}

const inLanguage = (markup: string, language: Language): string =>
  markup.replace('<html lang="en">', `<html lang="${language === "zh" ? "zh-CN" : "en"}">`)

function failure(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  return `The page could not be built. Install what it is built with and try again: npm ci && npm run build
(The simulator itself works: everything below /cgi-bin/ and /_sim/ answers.)

页面构建失败。请安装构建所需的依赖后重试：npm ci && npm run build
（模拟器本身不受影响，/cgi-bin/ 和 /_sim/ 下的接口均可正常使用。）

${why}
`
}
