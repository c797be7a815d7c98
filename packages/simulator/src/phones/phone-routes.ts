import { fastifySSE } from "@fastify/sse"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { queryText } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { World } from "../world.ts"
import { ownPage } from "./build-page.ts"
import type { MemberPage } from "./feed-events.ts"
import { latestMessages, searchMembers, type LatestMessages } from "./member-search.ts"
import { memberRow } from "./member-view.ts"
import { pageRoutes } from "./page-routes.ts"
import { PhoneFeed } from "./phone-feed.ts"
import { sendEvent } from "./send-event.ts"
import { timelinePage, type TimelineFilter } from "./timeline.ts"

/** The page and what it reads: members a stretch at a time, one phone live, and that phone's past. */
export function phoneRoutes(server: FastifyInstance, world: World): void {
  pageRoutes(server, ownPage)
  memberRoute(server, world)

  server.get<{ Params: { userid: string } }>("/_sim/phones/:userid/timeline", (request) => {
    const query = queryOf(request)
    const userid = world.org.member(request.params.userid)?.userid ?? request.params.userid
    const before = Number(queryText(query, "before")) || Infinity
    return timelinePage(world, filterOf(query, userid), limitOf(query), before)
  })

  void server.register(fastifySSE)
  void server.register((live, _options, done) => {
    live.get("/_sim/events", { sse: { kind: "only" } }, (request, reply) => {
      reply.sse.keepAlive()
      reply.sse.sendHeaders()
      const query = queryOf(request)
      const feed = new PhoneFeed(world, filterOf(query, queryText(query, "userid")), (event) => sendEvent(reply, event))
      reply.raw.once("close", () => feed.close())
    })
    done()
  })
}

function memberRoute(server: FastifyInstance, world: World): void {
  // A list that is scrolled asks many times between two messages.
  let latest: LatestMessages = new Map()
  let latestOf = ""
  server.get("/_sim/members", (request): MemberPage => {
    const { org, ledger } = world
    const state = `${ledger.run} ${ledger.turn}`
    if (state !== latestOf) [latest, latestOf] = [latestMessages(ledger), state]
    const query = queryOf(request)
    const { members, total } = searchMembers(org, latest, {
      query: queryText(query, "query"),
      offset: Math.max(Math.trunc(Number(queryText(query, "offset"))) || 0, 0),
      limit: limitOf(query),
    })
    const rows = members.map((member) => memberRow(org, member, latest.get(member.userid)))
    return { total, of: org.document.members.length, members: rows }
  })
}

function filterOf(query: JsonObject, userid: string): TimelineFilter {
  const app = queryText(query, "agentid")
  return {
    userid,
    agentid: app === "" ? undefined : Number(app),
    withKeptBack: queryText(query, "kept_back") === "true",
  }
}

function limitOf(query: JsonObject): number {
  return Math.min(Math.max(Math.trunc(Number(queryText(query, "limit"))) || 100, 1), 1000)
}

const queryOf = ({ query }: FastifyRequest): JsonObject => (isJsonObject(query) ? query : {})
