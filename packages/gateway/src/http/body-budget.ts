import type { FastifyRequest } from "fastify"
import { Problem } from "../accept/problem.ts"
import type { App } from "./app.ts"

/** Bodies that are being read or worked on take so much memory at most; small ones do not count. */
const BUDGET_BYTES = 256 * 1024 * 1024
const SMALL_BYTES = 1024 * 1024

/** Turns large bodies away with 503 while others fill the memory: four of the largest at a time are let in. */
export function boundBodies(app: App): void {
  let held = 0

  app.addHook("preParsing", (request, reply, payload, done) => {
    const { "content-length": length, "transfer-encoding": coding } = request.raw.headers
    const bytes = Number(length ?? 0)
    const isSmall = coding === undefined && bytes <= SMALL_BYTES
    // One that is over the limit is refused next, and not read.
    if (isSmall || bytes > request.routeOptions.bodyLimit || isReadInPieces(request)) return done()

    let mine = 0
    const hold = (bytes: number): boolean => {
      mine += bytes
      held += bytes
      return mine <= SMALL_BYTES || held <= BUDGET_BYTES
    }
    reply.raw.once("close", () => (held -= mine))
    if (coding === undefined) {
      done(hold(bytes) ? null : busy())
      return
    }
    // How long it will be nobody says, so it counts as it comes, for as long as somebody reads it.
    payload.on("data", function count(piece: Buffer) {
      if (payload.listenerCount("error") === 0) payload.off("data", count)
      else if (!hold(piece.length)) {
        payload.off("data", count)
        payload.emit("error", busy())
      }
    })
    done()
  })
}

function isReadInPieces({ routeOptions, headers }: FastifyRequest): boolean {
  if (routeOptions.config.takesForm === true) return true
  return routeOptions.config.takesLines === true && !/^application\/json/i.test(headers["content-type"] ?? "")
}

function busy(): Problem {
  return new Problem("too_busy", { retryAfterSeconds: 1 })
}
