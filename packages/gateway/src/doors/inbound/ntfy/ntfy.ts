import type { Adapter, Reading } from "../adapter.ts"
import { secondsOf } from "../answer-time.ts"
import { filled } from "../caller.ts"
import { Problem } from "../../../problems/problem.ts"
import { isObject, own } from "../../kit/json-object.ts"
import type { InboundCall } from "../inbound-call.ts"
import type { JsonObject } from "../../kit/json-object.ts"
import { pathNotKnown } from "../refusals.ts"
import { fieldsOf, readingOf } from "../text/read-note.ts"
import type { NoteFields } from "../text/read-note.ts"
import { sentenceOf } from "../told.ts"

/**
 * ntfy's publishing: a text to a topic, or JSON to the root. Any topic is accepted; it may be the token.
 * @see https://docs.ntfy.sh/publish/
 */
export const adapter: Adapter = {
  tokenIn: (call) => inAuth(call.query.get("auth")) ?? (TOKEN.test(call.path[0] ?? "") ? call.path[0] : undefined),
  open: ({ path, method }) =>
    method === "GET" && path.join("/") === "v1/health" ? { status: 200, body: { healthy: true } } : undefined,
  methods: ({ path }) => (path.length < 2 ? ["POST", "PUT"] : undefined),
  read(call, { now }) {
    const [topic, verb] = call.path
    if (topic === undefined) return readJsonNote(call, now)
    if (call.path.length > 2 || (verb !== undefined && !VERBS.has(verb))) throw pathNotKnown()
    const fields = fieldsOf(call)
    return readingOf(fields, call.body.length > 0 ? call.text() : (fields.message ?? "triggered"), now)
  },
  accepted: ({ id }, call) => {
    const time = secondsOf(id)
    const { topic, message, title, priority } = echoOf(call)
    return {
      status: 200,
      body: {
        id,
        time,
        expires: time + DAY_SECONDS,
        event: "message",
        topic,
        ...(title === undefined ? {} : { title }),
        message,
        ...(priority === undefined ? {} : { priority }),
      },
    }
  },
  refused: (refused) => {
    const { status } = refused.problem
    return {
      status,
      body: { code: CODES[status] ?? status * 100, http: status, error: sentenceOf(refused), link: LINK },
    }
  },
}

const TOKEN = /^wps?_[\w-]{20,}$/
const VERBS: ReadonlySet<string> = new Set(["publish", "send", "trigger"])
const DAY_SECONDS = 24 * 3600
const LINK = "https://ntfy.sh/docs/publish/"
/** ntfy's own codes: invalid request, unauthorized, forbidden, page not found, too large, too many requests. */
const CODES: Readonly<Record<number, number>> = {
  400: 40_000,
  401: 40_101,
  403: 40_301,
  404: 40_401,
  413: 41_301,
  429: 42_901,
}

/** `?auth=` contains a whole header, in base64 without padding. */
function inAuth(auth: string | null): string | undefined {
  if (auth === null) return undefined
  const header = Buffer.from(auth, "base64").toString("utf8")
  const bearer = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1]
  if (bearer !== undefined) return bearer
  const basic = /^Basic +([\w+/=-]+)$/i.exec(header)?.[1]
  const [user, password] = Buffer.from(basic ?? "", "base64")
    .toString("utf8")
    .split(":")
  return filled(password) ?? filled(user)
}

function readJsonNote(call: InboundCall, now: number): Reading {
  const body = jsonOf(call)
  if (!isObject(body) || typeof own(body, "topic") !== "string") throw noTopic()
  return readingOf(fieldsIn(body), text(body, "message") ?? "triggered", now)
}

function jsonOf(call: InboundCall): unknown {
  try {
    return call.json()
  } catch (error) {
    throw error instanceof Problem && error.code === "invalid_json" ? noTopic() : error
  }
}

/** If a text is sent to the root, an error about a character that JSON does not allow would not help. */
function noTopic(): Problem {
  return new Problem("invalid_json", {
    detail: {
      en: "The root takes a JSON object with topic; a text goes to the path of a topic, as in /in/ntfy/disk.",
      zh: "根路径只接受含有 topic 的 JSON 对象；文本请发到某个 topic 的路径，例如 /in/ntfy/disk。",
    },
  })
}

function fieldsIn(body: JsonObject): NoteFields {
  const tags = own(body, "tags")
  return {
    message: text(body, "message"),
    title: text(body, "title"),
    priority: text(body, "priority"),
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
    click: text(body, "click"),
    attach: text(body, "attach"),
    delay: text(body, "delay"),
    isMarkdown: own(body, "markdown") === true,
  }
}

function text(body: JsonObject, name: string): string | undefined {
  const value = own(body, name)
  if (typeof value === "number") return String(value)
  return typeof value === "string" ? filled(value) : undefined
}

function echoOf(call: InboundCall): { topic: string; message: string; title?: string; priority?: number } {
  const [topic] = call.path
  const body = topic === undefined ? call.object() : undefined
  const { title, message, priority } = body === undefined ? fieldsOf(call) : fieldsIn(body)
  const ofBody = body === undefined && call.body.length > 0 ? call.text() : undefined
  const number = Number(priority)
  return {
    // The answer does not repeat a token.
    topic: TOKEN.test(topic ?? "") ? "source" : (topic ?? text(body ?? {}, "topic") ?? ""),
    message: ofBody ?? message ?? "triggered",
    ...(title === undefined ? {} : { title }),
    ...(Number.isInteger(number) ? { priority: number } : {}),
  }
}
