import type { FastifyReply, FastifyRequest } from "fastify"
import { methodNotAllowed } from "../../problems/method-not-allowed.ts"
import { Problem } from "../../problems/problem.ts"
import { sendProblem, sendText } from "./failures.ts"
import type { App } from "./app.ts"

/** 404 for unknown paths, 405 with `Allow` for methods that a path does not accept, and an answer to OPTIONS. */
export function answerUnknownPaths(app: App): void {
  const paths = new Map<string, { readonly segments: readonly string[]; readonly methods: Set<string> }>()
  app.addHook("onRoute", ({ url, method }) => {
    const path = paths.get(url) ?? { segments: url.split("/"), methods: new Set<string>() }
    paths.set(url, path)
    for (const name of [method].flat()) path.methods.add(name)
  })
  const methodsOf = (path: string): readonly string[] => {
    const segments = path.split("/")
    const found = [...paths.values()].filter((known) => matches(known.segments, segments))
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].toSorted()
  }

  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const [path = ""] = request.url.split("?", 1)
    const methods = methodsOf(path)
    if (methods.length === 0) {
      return sendProblem(noSuchPath(variantsOf(path).find((variant) => methodsOf(variant).length > 0)), request, reply)
    }
    reply.header("allow", [...methods, "OPTIONS"].join(", "))
    if (request.method === "OPTIONS") return sendText("", request, reply.code(204))
    return sendProblem(methodNotAllowed(methods.filter((method) => method !== "HEAD")), request, reply)
  }
  app.setNotFoundHandler(answer)
  // Without this, the framework would read the body before it calls the handler.
  app.addHook("onRequest", (request, reply, done) => {
    if (request.is404 && !isCompatPath(request.url)) answer(request, reply)
    else done()
  })
}

/** What may be meant by a path that does not exist. */
function variantsOf(path: string): readonly string[] {
  if (path.length > MOST_SHOWN) return []
  const plain = path.replaceAll(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "")
  const below = plain.replace(/^\/api(?=\/)/i, "").replace(/^\/v1(?=\/)/i, "")
  return [plain, `/v1${below}`, `/v1${below.toLowerCase()}`, `/v1${below.replace(/^\/[a-z]+/, "$&s")}`]
}

const MOST_SHOWN = 200

function noSuchPath(meant: string | undefined): Problem {
  if (meant === undefined) return new Problem("no_such_path")
  const detail = { en: `There is no such path; ${meant} may be meant.`, zh: `此路径不存在，可能应为 ${meant}。` }
  return new Problem("no_such_path", { detail })
}

/** A path of qyapi: these have their own form of answers. */
function isCompatPath(url: string): boolean {
  return url.startsWith("/cgi-bin/")
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => part === segments[index] || (part.startsWith(":") && segments[index] !== ""))
  )
}
