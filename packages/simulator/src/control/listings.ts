import { Readable } from "node:stream"
import type { FastifyReply, FastifyRequest } from "fastify"
import { queryText } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import { phoneMessages, type PhoneFilter, type PhoneMessage } from "../phone-messages.ts"
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
  const after = readAfter(queryOf(request), badFields) ?? 0
  if (badFields.length > 0) return reply.code(400).send(controlProblem(badFields))
  return sendList(reply, "calls", callTexts(world, after))
}

function queryOf(request: FastifyRequest): JsonObject {
  return isJsonObject(request.query) ? request.query : {}
}

export function readAfter(query: JsonObject, badFields: BadField[]): number | undefined {
  const text = queryText(query, "after")
  if (text === "") return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  badFields.push({ path: "after", problem: { en: "must be a whole number", zh: "必须是非负整数" } })
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
    const { request: _, body, ...rest } = copy
    yield `${JSON.stringify(rest).slice(0, -1)},"request":${requestText},"body":${JSON.stringify(asMessage(copy, body))}}`
  }
}

/** In the form of a message body, as everything else that is told of one. An update always shows a card. */
function asMessage({ request, updated_at: updated }: PhoneMessage, body: unknown): JsonObject {
  const msgtype = updated === undefined ? String(request["msgtype"]) : "template_card"
  return { msgtype, [msgtype]: body }
}

function* callTexts(world: World, after: number): Generator<string> {
  for (const call of world.ledger.calls()) if (call.seq > after) yield JSON.stringify(callView(call))
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
