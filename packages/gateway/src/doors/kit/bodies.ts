import type { FastifyRequest } from "fastify"
import { Problem } from "../../problems/problem.ts"
import { readJson } from "../../accept/read-json.ts"
import type { App } from "./app.ts"
import { MAX_LIST_VALUES } from "./body-limits.ts"
import { readWhole } from "./whole-body.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** The handler gets the bytes of the body, and checks them itself. */
    readonly takesBytes?: boolean
    /** A body with one JSON value on each line is accepted too; then the handler gets the stream. */
    readonly takesLines?: boolean
  }
}

/** Bodies are JSON in UTF-8, not compressed. A page of another origin cannot post this type without asking first. */
export function readBodies(app: App): void {
  app.removeAllContentTypeParsers()
  app.addHook("onRequest", (request, _reply, done) => {
    const { "content-encoding": encoding, "content-length": length, "transfer-encoding": coding } = request.headers
    const hasBody = coding !== undefined || Number(length ?? 0) > 0
    if (hasBody && encoding !== undefined && encoding.toLowerCase() !== "identity")
      throw new Problem("unsupported_content_encoding")
    done()
  })
  app.addContentTypeParser(JSON_TYPE, (request, payload, done) => {
    const { "content-length": length } = request.headers
    const { bodyLimit: limit, config } = request.routeOptions
    readWhole(payload, { length: length === undefined ? undefined : Number(length), limit }, (failure, bytes) => {
      if (failure !== null || bytes === undefined) return done(failure)
      try {
        refuseOtherCharsets(request)
        done(null, config.takesBytes === true ? bytes : readJsonIfAny(bytes))
      } catch (error) {
        done(error instanceof Error ? error : new Error("reading the body failed", { cause: error }))
      }
    })
  })
  app.addContentTypeParser(LINES_TYPE, (request, payload, done) => {
    if (request.routeOptions.config.takesLines === true) done(null, payload)
    else done(new Problem("unsupported_media_type"))
  })
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:[\s;]|$)/i
const LINES_TYPE = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)(?:[\s;]|$)/i

/** Some clients name a content type without sending a body. */
function readJsonIfAny(body: Buffer): unknown {
  return body.length === 0 ? undefined : readJson(body, MAX_LIST_VALUES)
}

function refuseOtherCharsets({ headers }: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers["content-type"] ?? "")?.[1]
  if (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)) return
  throw new Problem("unsupported_media_type", {
    detail: { en: `Charset ${charset} is not read; send UTF-8.`, zh: `不支持字符集 ${charset}，请使用 UTF-8。` },
  })
}
