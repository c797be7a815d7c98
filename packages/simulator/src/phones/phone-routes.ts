import { fastifySSE } from "@fastify/sse"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { queryText } from "../api/call.ts"
import { controlProblem, type BadField } from "../control/bad-field.ts"
import { readJson, refuse } from "../control/control-routes.ts"
import { Fields } from "../control/fields.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { Conversation } from "../ledger.ts"
import type { World } from "../world.ts"
import { ownPage } from "./build-page.ts"
import type { MemberPage } from "./feed-events.ts"
import { latestMessages, searchMembers, type LatestMessages } from "./member-search.ts"
import { memberRow } from "./member-view.ts"
import { pageRoutes } from "./page-routes.ts"
import { PhoneFeed } from "./phone-feed.ts"
import { SharedStream, type PageWish } from "./shared-stream.ts"
import { sendEvent } from "./send-event.ts"
import { requestOf, timelinePage, type TimelineFilter } from "./timeline.ts"

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

  server.get<{ Params: { userid: string; turn: string } }>("/_sim/phones/:userid/requests/:turn", (request, reply) => {
    const userid = world.org.member(request.params.userid)?.userid ?? request.params.userid
    const filter = { userid, conversation: undefined, withKeptBack: true }
    const sent = requestOf(world, filter, Number(request.params.turn))
    return sent ?? reply.code(404).send(controlProblem([{ path: "turn", problem: NO_REQUEST }]))
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
    sharedStreamRoutes(live, world)
    done()
  })
}

/** One stream for all pages of a browser, and what each of them follows. */
function sharedStreamRoutes(live: FastifyInstance, world: World): void {
  const streams = new Map<string, SharedStream>()
  live.get("/_sim/events/shared", { sse: { kind: "only" } }, (_request, reply) => {
    reply.sse.keepAlive()
    reply.sse.sendHeaders()
    const stream = new SharedStream(world, (event) => sendEvent(reply, event))
    streams.set(stream.id, stream)
    reply.raw.once("close", () => {
      streams.delete(stream.id)
      stream.close()
    })
  })
  live.put<{ Params: { id: string } }>("/_sim/events/shared/:id", (request, reply) => {
    const badFields: BadField[] = []
    const pages = new Fields(readJson(request), "", badFields).objects("pages") ?? []
    const wishes = pages.map((fields) => [fields.neededText("page"), wishOf(fields.text("query") ?? "")] as const)
    const stream = streams.get(request.params.id)
    if (stream === undefined) badFields.push({ path: "id", problem: NO_STREAM })
    if (badFields.length > 0) return refuse(reply, badFields)
    stream?.follow(new Map(wishes))
    return {}
  })
}

const NO_REQUEST = {
  en: "belongs to no message of this phone, or it is older than what `keep` remembers",
  zh: "不属于这部手机上的任何消息，或早于 keep 所保留的范围",
}
const NO_STREAM = { en: "is not the id of an open stream", zh: "不是已打开的事件流的 id" }

function wishOf(query: string): PageWish {
  const fields = Object.fromEntries(new URLSearchParams(query))
  return { query, filter: filterOf(fields, queryText(fields, "userid")) }
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
  const conversation = queryText(query, "conversation")
  return {
    userid,
    conversation: conversation === "" ? undefined : readConversation(conversation),
    withKeptBack: queryText(query, "kept_back") === "true",
    text: queryText(query, "text"),
  }
}

/** An app by its number, all else by its name. */
function readConversation(text: string): Conversation {
  const agentid = Number(text)
  return Number.isNaN(agentid) ? text : agentid
}

function limitOf(query: JsonObject): number {
  return Math.min(Math.max(Math.trunc(Number(queryText(query, "limit"))) || 100, 1), 1000)
}

const queryOf = ({ query }: FastifyRequest): JsonObject => (isJsonObject(query) ? query : {})
