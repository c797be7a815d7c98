import Negotiator from "negotiator"
import type { Language } from "@wecom-push/protocol"
import type { App } from "../../kit/app.ts"
import { languageOf } from "../../kit/language.ts"

const PLACES = [
  ["docs", "/docs"],
  ["openapi", "/openapi.json"],
  ["api", "/v1"],
  ["health", "/healthz"],
  ["ready", "/readyz"],
] as const

/** For a user who opens the gateway's address to check whether it works. */
export function rootRoute(app: App): void {
  app.route({
    method: "GET",
    url: "/",
    schema: { hide: true },
    handler: (request, reply) => {
      const language = languageOf(request.headers["accept-language"])
      reply.header("vary", "accept, accept-language").header("content-language", language)
      const { accept = "*/*" } = request.headers
      const wanted = new Negotiator({ headers: { accept } }).mediaType(["application/json", "text/html"])
      if (wanted === "text/html") return reply.type("text/html; charset=utf-8").send(pageIn(language))
      return reply
        .type("application/json")
        .send(JSON.stringify({ service: "wecom-push", ...Object.fromEntries(PLACES) }))
    },
  })
}

const TEXTS = {
  en: {
    what: "This is a wecom-push gateway.",
    docs: "the API, described",
    openapi: "the same for programs",
    api: "where programs send messages, with a key",
    health: "whether it answers",
    ready: "whether it accepts and sends",
  },
  zh: {
    what: "这是一个 wecom-push 网关。",
    docs: "接口文档",
    openapi: "供程序读取的接口描述",
    api: "程序在此发送消息，须带密钥",
    health: "是否在应答",
    ready: "是否可以受理和发送",
  },
} as const satisfies Record<Language, Record<(typeof PLACES)[number][0] | "what", string>>

/** A page without style or script: the policy of all answers forbids both. */
function pageIn(language: Language): string {
  const texts = TEXTS[language]
  const lines = PLACES.map(([name, path]) => {
    const place = name === "api" ? `${path}/…` : `<a href="${path}">${path}</a>`
    return `<li>${place} ${texts[name]}</li>`
  })
  return `<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>wecom-push</title>
</head>
<body>
<h1>wecom-push</h1>
<p>${texts.what}</p>
<ul>
${lines.join("\n")}
</ul>
</body>
</html>
`
}
