import { Readable } from "node:stream"
import type { FastifyReply, FastifyRequest } from "fastify"
import { queryText } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { CallRecord } from "../ledger.ts"
import { asMessage, phoneMessages, type PhoneFilter, type PhoneMessage } from "../phone-messages.ts"
import type { World } from "../world.ts"
import { controlProblem, type BadField } from "./bad-field.ts"
import { callView } from "./call-view.ts"

const CHUNK_CHARACTERS = 64 * 1024

/** A message to a thousand phones is a thousand items that carry the request: too much for one string. */
export function listMessages(world: World, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const badFields: BadField[] = []
  const query = queryOf(request)
  const filter: PhoneFilter = {
    userid: queryText(query, "userid") || undefined,
    after: readAfter(query, badFields),
    recalled: queryText(query, "recalled") === "true",
  }
  if (badFields.length > 0) return reply.code(400).send(controlProblem(badFields))
  return sendList(reply, "messages", messageTexts(phoneMessages(world.ledger, filter)))
}

export function listCalls(world: World, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const badFields: BadField[] = []
  const filter = readCallFilter(queryOf(request), badFields)
  if (badFields.length > 0) return reply.code(400).send(controlProblem(badFields))
  return sendList(reply, "calls", callTexts(world, filter))
}

/** Which calls are meant; where all fit, the newest `last` of them. */
interface CallFilter {
  readonly after: number
  readonly before: number
  /** Part of it. */
  readonly path: string
  /** `refused`: any but 0. `none`: no answer came of it. */
  readonly errcode: number | "refused" | "none" | undefined
  readonly last: number | undefined
}

function readCallFilter(query: JsonObject, badFields: BadField[]): CallFilter {
  return {
    after: readAfter(query, badFields) ?? 0,
    before: readWhole(query, "before", badFields) ?? Infinity,
    path: queryText(query, "path"),
    errcode: readErrcode(query, badFields),
    last: readWhole(query, "last", badFields),
  }
}

function readErrcode(query: JsonObject, badFields: BadField[]): CallFilter["errcode"] {
  const text = queryText(query, "errcode")
  if (text === "") return undefined
  if (text === "refused" || text === "none") return text
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  const problem = { en: "must be an integer, refused or none", zh: "必须是整数、refused 或 none" }
  badFields.push({ path: "errcode", problem })
  return undefined
}

function queryOf(request: FastifyRequest): JsonObject {
  return isJsonObject(request.query) ? request.query : {}
}

export function readAfter(query: JsonObject, badFields: BadField[]): number | undefined {
  return readWhole(query, "after", badFields)
}

function readWhole(query: JsonObject, name: string, badFields: BadField[]): number | undefined {
  const text = queryText(query, name)
  if (text === "") return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  badFields.push({ path: name, problem: { en: "must be a whole number", zh: "必须是非负整数" } })
  return undefined
}

function* messageTexts(copies: Iterable<PhoneMessage>): Generator<string> {
  let request: JsonObject | undefined
  let requestText = ""
  for (const copy of copies) {
    if (copy.request !== request) {
      request = copy.request
      requestText = JSON.stringify(request)
    }
    const { request: _, body: __, ...rest } = copy
    yield `${JSON.stringify(rest).slice(0, -1)},"request":${requestText},"body":${JSON.stringify(asMessage(copy))}}`
  }
}

function* callTexts(world: World, filter: CallFilter): Generator<string> {
  const calls = world.ledger.calls().filter((call) => fits(call, filter))
  const { last = calls.length } = filter
  for (const call of calls.slice(Math.max(calls.length - last, 0))) yield JSON.stringify(callView(call))
}

function fits({ seq, path, errcode }: CallRecord, filter: CallFilter): boolean {
  return seq > filter.after && seq < filter.before && path.includes(filter.path) && hasErrcode(errcode, filter.errcode)
}

function hasErrcode(errcode: number | undefined, wanted: CallFilter["errcode"]): boolean {
  if (wanted === undefined) return true
  if (wanted === "none") return errcode === undefined
  if (wanted === "refused") return errcode !== undefined && errcode !== 0
  return errcode === wanted
}

function sendList(reply: FastifyReply, name: string, items: Iterable<string>): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(Readable.from(listChunks(name, items)))
}

function* listChunks(name: string, items: Iterable<string>): Generator<string> {
  let chunk = `{"${name}":[`
  let isFirst = true
  for (const item of items) {
    chunk += isFirst ? item : `,${item}`
    isFirst = false
    if (chunk.length < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = ""
  }
  yield `${chunk}]}`
}
