import { readFileSync } from "node:fs"
import { fastifySSE } from "@fastify/sse"
import type { Language } from "@wecom-push/protocol"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { queryText } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { Org } from "../org/org.ts"
import type { Member } from "../org/types.ts"
import type { World } from "../world.ts"
import { searchMembers } from "./member-search.ts"
import { phonesPage } from "./page.ts"
import { PhoneFeed } from "./phone-feed.ts"
import { preferredLanguage } from "./words.ts"

/** The page at `/` and what it reads: members a page at a time, and one phone live. */
export function phoneRoutes(server: FastifyInstance, world: World): void {
  server.get("/", (request, reply) => {
    const headers = { ...SAFE_HEADERS, "Content-Security-Policy": CONTENT_POLICY, Vary: "Accept-Language" }
    return reply
      .headers(headers)
      .type("text/html; charset=utf-8")
      .send(phonesPage(languageOf(request)))
  })
  for (const [name, type] of ASSETS) {
    const text = readFileSync(new URL(`../../page/${name}`, import.meta.url), "utf8")
    server.get(`/${name}`, (_request, reply) => reply.headers(SAFE_HEADERS).type(type).send(text))
  }

  server.get("/_sim/members", (request) => {
    const query = queryOf(request)
    const page = searchMembers(world.org, {
      query: queryText(query, "query"),
      limit: Math.min(Math.max(Math.trunc(Number(queryText(query, "limit"))) || 100, 1), 1000),
      after: queryText(query, "after"),
    })
    return { ...page, members: page.members.map((member) => memberView(world.org, member)) }
  })

  void server.register(fastifySSE)
  void server.register((live, _options, done) => {
    live.get("/_sim/events", { sse: { kind: "only" } }, (request, reply) => {
      reply.sse.keepAlive()
      reply.sse.sendHeaders()
      const userid = queryText(queryOf(request), "userid")
      const feed = new PhoneFeed(world, userid, languageOf(request), (event) => reply.sse.send(event))
      reply.sse.onClose(() => feed.close())
    })
    done()
  })
}

const SAFE_HEADERS = {
  "Cache-Control": "no-cache",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
}

// Pictures of a message may come from anywhere, nothing else may.
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https: http:; " +
  "media-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** They lie beside `src` and `dist`, so that sources and compiled code find them at the same place. */
const ASSETS = [
  ["phones.css", "text/css; charset=utf-8"],
  ["phones.js", "text/javascript; charset=utf-8"],
] as const

function languageOf(request: FastifyRequest): Language {
  const wanted = queryText(queryOf(request), "lang")
  return wanted === "zh" || wanted === "en" ? wanted : preferredLanguage(request.headers["accept-language"])
}

const queryOf = ({ query }: FastifyRequest): JsonObject => (isJsonObject(query) ? query : {})

function memberView(org: Org, { userid, name, mobile, departments, licensed }: Member): JsonObject {
  return { userid, name, mobile, licensed, departments: departments.map((id) => org.department(id)?.name ?? `${id}`) }
}
