import assert from "node:assert/strict"
import * as fc from "fast-check"
import { serializerCompiler } from "fastify-type-provider-zod"
import { PROBLEMS } from "../../../problems/problem-catalogue.ts"
import type { App } from "../../kit/app.ts"
import { SchemaArbitrary } from "./schema-arbitrary.ts"
import type { ApiDocument, Operation, Shot, ShotAnswer } from "./api-document.ts"
import { DescribedAnswers } from "./described-answers.ts"
import { amr, MP4, PNG, TEXT } from "./media-form.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./start-gateway.ts"

export interface FuzzReport {
  readonly requests: number
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>
}

/** The target for requests that are sent as they are. */
export interface FuzzTarget {
  readonly document: ApiDocument
  /** The id of an existing message. */
  readonly messageId: string
  /** The app that sends messages. */
  readonly app: string
  /** Apps that are read, changed and removed. */
  readonly changedApps: readonly string[]
  readonly key: string
  readonly send: (shot: Shot) => Promise<ShotAnswer>
  /** Added to the report beside a 5xx answer. */
  readonly lastLogLine: () => string | undefined
}

/** Tests everything but the socket, with a gateway whose messages are not sent. */
export async function fuzz(requests: number, seed: number): Promise<FuzzReport> {
  let app: App | undefined
  await using gateway = await startTestGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: "error", WECOM_PUSH_BACKLOG_LIMIT: "1000000000" },
    extend: (server) => {
      app = server
      server.setSerializerCompiler(serializerCompiler)
    },
  })
  assert.ok(app !== undefined)
  const server = app
  const { json: message } = await gateway.request("/v1/messages", { body: aMessage() })
  const { json: document } = await gateway.request("/openapi.json")
  const send = async ({ method, path, headers, body }: Shot): Promise<ShotAnswer> => {
    const answer = await server.inject({
      method: method as "GET",
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    })
    return { status: answer.statusCode, headers: answer.headers, payload: answer.payload }
  }
  const report = await fuzzThrough(
    {
      document,
      messageId: message.id,
      app: "alerts",
      changedApps: ["alerts", "hr", "Ärger"],
      key: ADMIN_KEY,
      send,
      lastLogLine: () => gateway.logLines.at(-1),
    },
    requests,
    seed,
  )
  assert.equal(({} as Record<string, unknown>)["a"], undefined)
  assert.equal((await gateway.request("/v1/messages", { body: aMessage() })).status, 202)
  return report
}

/**
 * Makes requests from the gateway's own description, mostly valid and often wrong in one place, and sends them. Fails at the
 * first answer that is 5xx, unless it says that WeCom is away; that is 400 or more without a problem document; or that does
 * not agree with the description.
 */
export async function fuzzThrough(target: FuzzTarget, requests: number, seed: number): Promise<FuzzReport> {
  const statuses: Record<string, number> = {}
  const described = new DescribedAnswers(target.document)
  await fc.assert(
    fc.asyncProperty(shotsOf(target), async (shot) => {
      const { status, headers, payload } = await target.send(shot)
      statuses[status] = (statuses[status] ?? 0) + 1
      assert.ok(status < 500 || isWecomAway(status, payload), `${status} ${payload}\n${target.lastLogLine()}`)
      if (status >= 400) checkProblem(status, headers, payload)
      described.check(shot, { status, headers, payload })
    }),
    { numRuns: requests, seed },
  )
  return { requests, statuses }
}

/**
 * The gateway has no WeCom: requests that call it at once, such as making a chat, get an answer that asks to repeat them.
 */
function isWecomAway(status: number, payload: string): boolean {
  return status === 503 && ["wecom_failed", "chat_in_doubt"].includes(JSON.parse(payload).code)
}

function checkProblem(status: number, headers: Record<string, unknown>, payload: string): void {
  assert.match(String(headers["content-type"]), /^application\/problem\+json/)
  if (payload === "") return
  const problem = JSON.parse(payload)
  const known: { readonly status: number } | undefined = PROBLEMS[problem.code as keyof typeof PROBLEMS]
  assert.deepEqual([problem.status, known?.status], [status, status], payload)
  for (const field of ["type", "title", "detail", "hint"]) assert.equal(typeof problem[field], "string", payload)
  assert.ok(Array.isArray(problem.errors))
}

function shotsOf({ document, messageId, app, changedApps, key }: FuzzTarget): fc.Arbitrary<Shot> {
  const schemas = new SchemaArbitrary(document.components.schemas, {
    app: [app, app, app, app, app, "other"],
    content: [
      "磁盘 91%",
      "磁盘 92%",
      "b",
      "c",
      "d",
      "a <a href='https://example.com'>b</a>",
      "# c\n> d",
      "中".repeat(683),
    ],
    media_id: ["M1"],
    url: ["https://example.com", "https://example.com", "ftp://x"],
    safe: [0],
    enable_id_trans: [0],
    apps: ["all", [app], ["other"]],
    id: [messageId, messageId, "msg_0", "key_0"],
    name: changedApps,
    corp_id: ["ww0000000000000001", "x"],
    mobiles: [["13800000001"], ["13800000001", "12"], ["+85291234567"], []],
    users: [["zhangsan"], ["lisi", "007"], ["WangWu"], ["zhangsan", "a|b"]],
    departments: [[2]],
    tags: [[1]],
    msgtype: [
      "text",
      "text",
      "text",
      "text",
      "markdown",
      "markdown",
      "image",
      "textcard",
      "news",
      "file",
      "template_card",
      "mpnews",
    ],
    all: [false],
    cursor: ["", "0", "a", "%"],
    state: ["sent", "queued", "pending", "nonsense"],
  })
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  // A stream of events has no end, so a test cannot wait for it.
  const finite = operations.filter(({ path }) => path !== "/v1/events")
  return fc.oneof(
    ...finite.map(({ path, method, operation }) => ({
      weight: path === "/v1/messages" && method === "post" ? 8 : path.startsWith("/v1/messages") ? 3 : 1,
      arbitrary: shotOf(path, method.toUpperCase(), operation, schemas, key),
    })),
  )
}

function shotOf(
  path: string,
  method: string,
  { parameters = [], requestBody }: Operation,
  schemas: SchemaArbitrary,
  key: string,
): fc.Arbitrary<Shot> {
  const inPath = parameters.filter((parameter) => parameter.in === "path")
  const inQuery = parameters.filter((parameter) => parameter.in === "query")
  const model = (list: typeof parameters) =>
    Object.fromEntries(list.map(({ name, schema }) => [name, schemas.value(schema, name)]))
  const bodySchema = requestBody?.content["application/json"]?.schema
  const takesForm = requestBody?.content["multipart/form-data"] !== undefined
  return fc
    .record({
      path: fc.record(model(inPath)),
      query: fc.record(model(inQuery), { requiredKeys: [] }),
      oddQuery: sometimes(fc.webQueryParameters(), 30),
      form: takesForm ? sometimes(forms, 1) : fc.constant(undefined),
      body: bodySchema === undefined ? sometimes(fc.jsonValue(), 8) : sometimes(schemas.value(bodySchema), 1),
      damage: sometimes(damages, 12),
      headers: headersFor(method, key),
    })
    .map(({ path: names, query, oddQuery, form, body, damage, headers }) => {
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(plain(names[name])) || "x")
      const parts = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(plain(value))}`)
      if (oddQuery !== undefined) parts.push(oddQuery)
      const target = { method, route: path, path: parts.length === 0 ? url : `${url}?${parts.join("&")}` }
      if (form !== undefined) return { ...target, headers: { "content-type": FORM_TYPE, ...headers }, body: form }
      const json = body === undefined ? undefined : (JSON.stringify(body) ?? "null")
      return {
        ...target,
        headers: json === undefined ? headers : { "content-type": "application/json", ...headers },
        body: json === undefined ? undefined : damage === undefined ? json : damage(json),
      }
    })
}

const FORM_TYPE = "multipart/form-data; boundary=b"

/** Forms with a file, mostly complete. */
const forms: fc.Arbitrary<Buffer> = fc
  .record({
    type: fc.constantFrom("file", "file", "image", "voice", "video", "thumb", ""),
    app: sometimes(fc.constantFrom("alerts", "other", "\u0000"), 3),
    part: fc.constantFrom("file", "file", "file", "file", "media", "__proto__", "toString"),
    filename: fc.constantFrom("a.png", "../a", "..%2f..%2fa", "", "\u202Ea", "a\u0000b", "图.png", "x".repeat(300)),
    bytes: fc.oneof(fc.constantFrom(PNG, TEXT, amr(1), MP4, Buffer.alloc(0)), fc.uint8Array({ maxLength: 200 })),
    end: fc.constantFrom("\r\n--b--\r\n", "\r\n--b--\r\n", "\r\n--b--\r\n", "\r\n--b\r\n", ""),
    typeFirst: fc.boolean(),
  })
  .map(({ type, app, part, filename, bytes, end, typeFirst }) => {
    const head = `--b\r\nContent-Disposition: form-data; name="${part}"; filename="${filename}"\r\n\r\n`
    const file = [Buffer.from(head), bytes]
    const fields = [formField("type", type), ...(app === undefined ? [] : [formField("app", app)])]
    return Buffer.concat(
      typeFirst
        ? [...fields, ...file, Buffer.from(end)]
        : [...file, Buffer.from("\r\n"), ...fields, Buffer.from("--b--\r\n")],
    )
  })

function formField(name: string, value: string): Buffer {
  return Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
}

/** Damage that a body can take on its way. */
const damages: fc.Arbitrary<(json: string) => string | Buffer> = fc.oneof(
  fc.nat(200).map((at) => (json: string) => json.slice(0, at)),
  fc.tuple(fc.nat(400), fc.nat(255)).map(([at, byte]) => (json: string) => {
    const bytes = Buffer.from(json)
    if (bytes.length > 0) bytes[at % bytes.length] = byte
    return bytes
  }),
  fc.constant((json: string) => `${json}${json}`),
  fc.constant((json: string) => `[${json}]`),
  fc.constant((json: string) => `\uFEFF${json}`),
  fc.constant((json: string) => json.replace(/"([^"]*)"$/, '"\\ud800"')),
  fc.constant((json: string) => json.replace(/\d+/, "1e999")),
)

function headersFor(method: string, key: string): fc.Arbitrary<Record<string, string>> {
  const keys = fc.oneof(
    { weight: 30, arbitrary: fc.constant(`Bearer ${key}`) },
    { weight: 1, arbitrary: fc.constantFrom("", "Bearer", "Bearer x", "Basic x", `Bearer ${key} x`) },
  )
  const types = fc.constantFrom(
    "text/plain",
    "application/json; charset=gbk",
    "application/x-ndjson",
    "multipart/form-data",
    "",
    "/",
  )
  const ids = fc.oneof(
    fc.constantFrom("k", '"k"', "", '"', "a b"),
    fc.string({ maxLength: 300 }).map((key) => key.replaceAll(/[^\x20-\x7e]/g, "x")),
    fc.uuid(),
  )
  return fc
    .record({
      authorization: keys,
      type: sometimes(types, 20),
      key: sometimes(ids, method === "POST" ? 8 : 40),
      encoding: sometimes(fc.constantFrom("gzip", "identity", "x"), 40),
      language: sometimes(fc.constantFrom("zh-CN", "en;q=x", "*", ",;,", "zh;q=2"), 10),
    })
    .map(({ authorization, type, key, encoding, language }) => ({
      authorization,
      ...(type === undefined ? {} : { "content-type": type }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
      ...(language === undefined ? {} : { "accept-language": language }),
    }))
}

/** One time in `oneIn`; always for 1. */
function sometimes<T>(arbitrary: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> {
  if (oneIn === 1) return arbitrary
  return fc.oneof({ weight: 1, arbitrary }, { weight: oneIn - 1, arbitrary: fc.constant(undefined) })
}

function plain(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "")
  return text.toWellFormed().slice(0, 300)
}
