import { Readable } from "node:stream"
import { z } from "zod"
import type { Accepted } from "../../../accept/acceptor.ts"
import type { PreparedItem } from "../../../accept/large-body-reader.ts"
import type { PreparedMessage } from "../../../accept/prepare.ts"
import { Problem } from "../../../problems/problem.ts"
import { messagesOfArray, messagesOfLines } from "../../../accept/take-batch.ts"
import { keyOf } from "../../kit/authenticate.ts"
import { reservesMore } from "../../kit/bound-bodies.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { problemOf } from "../../kit/failures.ts"
import { languageOf } from "../../kit/language.ts"
import { dropRest } from "../../kit/linger.ts"
import { describeProblem, problems } from "../../kit/problem-document.ts"
import { batchAnswer, batchRequest, noQuery } from "../schemas.ts"
import type { App } from "../../kit/app.ts"
import { traceFields, traceOf } from "../../kit/trace-of.ts"
import { viewOfWarnings } from "../views.ts"

/** Many messages in one request, each durable before its answer. */
export function batchRoutes(app: App, deps: HttpDeps): void {
  const { acceptor, apps, now, limits, largeBodies, log } = deps

  app.route({
    method: "POST",
    url: "/v1/messages/batch",
    bodyLimit: limits.bodyBytes,
    config: { scopes: ["send"], takesBytes: true, takesLines: true },
    schema: {
      operationId: "sendBatch",
      tags: ["messages"],
      summary: "Accept many messages",
      description:
        "A JSON array, or one message per line with Content-Type: application/x-ndjson. Results come in the same order and form, each as soon as its message is on the disk. A refused message does not affect the others.",
      consumes: ["application/json", "application/x-ndjson"],
      querystring: noQuery,
      headers: z.looseObject(traceFields),
      body: batchRequest,
      response: { 200: batchAnswer, ...problems },
    },
    handler: async (request, reply) => {
      if (request.headers["idempotency-key"] !== undefined) throw headerOnBatch()
      const sender = keyOf(request)
      const { body } = request
      const hold = (bytes: number): boolean => reservesMore(request, bytes)
      const kinds = await apps.kindsFor(sender)
      const options = { now, kinds, limitBytes: limits.bodyBytes, largeBodies, client: sender.client, hold }
      const trace = traceOf(request)
      const admit: Admit = (item) => acceptor.admit(item, sender, now(), trace)
      const language = languageOf(request.headers["accept-language"])
      const describe = (index: number, result: Accepted | Problem): string => {
        if (!(result instanceof Problem)) {
          const warnings = viewOfWarnings(result.warnings, request.headers["accept-language"])
          return JSON.stringify({ index, status: 202, id: result.id, ...warnings })
        }
        if (result.code === "internal_error")
          log.error({ err: result.cause, requestId: request.id }, "a message of a batch failed")
        return JSON.stringify({ index, status: result.status, problem: describeProblem(result, language) })
      }

      if (Buffer.isBuffer(body)) {
        const results = await started(accept(messagesOfArray(body, options), admit))
        return reply.type("application/json").send(Readable.from(asArray(results, describe), { objectMode: false }))
      }
      if (!(body instanceof Readable)) throw new Problem("body_missing")
      // The answer continues after the last line is read, so reading must not end the connection.
      const lines = body.iterator({ destroyOnReturn: false })
      const results = untilRevoked(accept(messagesOfLines(lines, options), admit))
      reply.raw.once("finish", () => dropRest(request.raw))
      return reply.type("application/x-ndjson").send(Readable.from(asLines(results, describe), { objectMode: false }))
    },
  })
}

type Result = Accepted | Problem
type Admit = (item: PreparedMessage) => Promise<() => Promise<Accepted>>
type Describe = (index: number, result: Result) => string

/** Stores each group with one commit, and reads the next group meanwhile. */
async function* accept(
  groups: AsyncGenerator<readonly PreparedItem[]>,
  admit: Admit,
): AsyncGenerator<readonly Result[]> {
  let next = groups.next()
  try {
    for (let group = await next; group.done !== true; group = await next) {
      const stored: Promise<Result>[] = []
      // Admitted one after another, so that messages of one lane are stored in their order; only the commit is awaited for
      // all together.
      for (const item of group.value) stored.push((await admitted(item, admit)).result)
      next = groups.next()
      next.catch(() => {
        // The error is thrown where this promise is awaited, unless the client has left by then.
      })
      yield await Promise.all(stored)
    }
  } finally {
    // Not awaited: while it reads lines, it ends only when the next line comes, or the request ends.
    groups.return(undefined).catch(() => {
      // The error is about lines that are no longer accepted.
    })
  }
}

async function admitted(item: PreparedItem, admit: Admit): Promise<{ readonly result: Promise<Result> }> {
  if (item instanceof Problem) return { result: Promise.resolve(item) }
  try {
    const store = await admit(item)
    // oxlint-disable-next-line promise/prefer-await-to-then -- waiting here would give each message a commit of its own
    return { result: store().catch(problemOf) }
  } catch (error) {
    return { result: Promise.resolve(problemOf(error)) }
  }
}

/** Ends when the key is revoked: later lines are not accepted. */
async function* untilRevoked(groups: AsyncIterable<readonly Result[]>): AsyncGenerator<readonly Result[]> {
  for await (const group of groups) {
    yield group
    if (group.some((result) => result instanceof Problem && result.code === "unauthorized")) return
  }
}

/** Waits for the first item, so that a batch that cannot be read at all is answered with a problem. */
async function started<T>(items: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await items.next()
  return (async function* () {
    if (first.done === true) return
    yield first.value
    yield* items
  })()
}

async function* asArray(groups: AsyncIterable<readonly Result[]>, describe: Describe): AsyncGenerator<string> {
  let index = 0
  for await (const group of groups) {
    yield `${index === 0 ? "[" : ","}${group.map((result) => describe(index++, result)).join(",")}`
  }
  yield "]"
}

async function* asLines(groups: AsyncIterable<readonly Result[]>, describe: Describe): AsyncGenerator<string> {
  let index = 0
  for await (const group of groups) yield group.map((result) => `${describe(index++, result)}\n`).join("")
}

function headerOnBatch(): Problem {
  return new Problem("invalid_idempotency_key", {
    detail: {
      en: "A batch has no Idempotency-Key of its own; give each message an idempotency_key.",
      zh: "批量请求没有整体的 Idempotency-Key，请在每条消息中填写 idempotency_key。",
    },
  })
}
