import type { Language } from "@wecom-push/protocol"
import Negotiator from "negotiator"
import { apiPageScript, ENCODINGS } from "../docs/api-page-script.ts"
import type { Encoding } from "../docs/api-page-script.ts"
import type { App } from "../../kit/app.ts"
import { languageOf } from "../../kit/language.ts"

/** The API as a page. Everything that the page loads comes from this gateway. */
export function docsRoutes(app: App): void {
  app.route({
    method: "GET",
    url: "/docs",
    schema: { hide: true },
    handler: (request, reply) =>
      reply
        .header("content-security-policy", PAGE_POLICY)
        .header("cache-control", "no-cache")
        .header("vary", "accept-language")
        .type("text/html; charset=utf-8")
        .send(pageIn(languageOf(request.headers["accept-language"]))),
  })
  app.route({
    method: "GET",
    url: "/docs/start.js",
    schema: { hide: true },
    handler: (request, reply) =>
      reply
        .header("cache-control", "no-cache")
        .header("vary", "accept-language")
        .type("text/javascript; charset=utf-8")
        .send(startIn(languageOf(request.headers["accept-language"]))),
  })
  app.route({
    method: "GET",
    url: "/docs/scalar.js",
    schema: { hide: true },
    handler: async (request, reply) => {
      const encoding = encodingFor(request.headers["accept-encoding"])
      const { bytes, etag } = await apiPageScript(encoding)
      reply
        .header("cache-control", "public, max-age=86400")
        .header("vary", "accept-encoding")
        .header("etag", etag)
        .type("text/javascript; charset=utf-8")
      if (isKnown(etag, request.headers["if-none-match"])) return reply.code(304).send()
      if (encoding !== "identity") reply.header("content-encoding", encoding)
      return reply.send(bytes)
    },
  })
}

function encodingFor(acceptEncoding = ""): Encoding {
  const negotiator = new Negotiator({ headers: { "accept-encoding": acceptEncoding } })
  // The library's types lack the second argument.
  const encodings: (available: readonly string[], options: { preferred: readonly string[] }) => string[] =
    negotiator.encodings.bind(negotiator)
  const [wanted] = encodings(ENCODINGS, { preferred: ENCODINGS })
  return ENCODINGS.find((encoding) => encoding === wanted) ?? "identity"
}

function isKnown(etag: string, ifNoneMatch = ""): boolean {
  return ifNoneMatch.split(",").some((one) => [etag, `W/${etag}`, "*"].includes(one.trim()))
}

/** The page's components have their styles in the script; so only styles need `unsafe-inline`. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

function pageIn(language: Language): string {
  const { title, noScript } = WORDS[language]
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body>
<div id="app"></div>
<noscript>${noScript}<a href="${documentIn(language)}">${documentIn(language)}</a></noscript>
<script src="/docs/scalar.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`
}

const WORDS: Readonly<Record<Language, { readonly title: string; readonly noScript: string }>> = {
  en: { title: "wecom-push API", noScript: "The API is described in " },
  zh: { title: "wecom-push 接口", noScript: "接口描述见 " },
}

function startIn(language: Language): string {
  const configuration = { ...CONFIGURATION, url: documentIn(language), localization: { locale: language } }
  return `Scalar.createApiReference("#app", ${JSON.stringify(configuration)})\n`
}

function documentIn(language: Language): string {
  return language === "en" ? "/openapi.json" : `/openapi.json?lang=${language}`
}

const CONFIGURATION = {
  withDefaultFonts: false,
  // The address of a WeCom document is wider than a phone's screen.
  customCss: "body { overflow-wrap: anywhere; }",
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
  persistAuth: false,
  authentication: { preferredSecurityScheme: "key" },
}
