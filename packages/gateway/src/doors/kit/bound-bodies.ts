import type { Readable } from "node:stream"
import type { FastifyRequest } from "fastify"
import { Problem } from "../../problems/problem.ts"
import type { App } from "./app.ts"
import { BodyBudget } from "./body-budget.ts"
import type { BodyReservation } from "./body-budget.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** The key is known only from the body. */
    readonly takesBodyOfAnybody?: boolean
  }
  interface FastifyRequest {
    /** The memory that the body takes; null where there is none. */
    bodyReservation: BodyReservation | null
  }
}

const MIB = 1024 * 1024

/** Of clients whose key is known: three of the largest at a time, and always room for small ones. */
const KNOWN = { totalBytes: 256 * MIB, largeBytes: 192 * MIB, smallBytes: MIB }
/** Of strangers: thirty of the longest callbacks. */
const OF_ANYBODY = { totalBytes: 8 * MIB, largeBytes: 8 * MIB, smallBytes: 0 }
/** Memory of a body that is read and stored piece by piece. */
const IN_PIECES_BYTES = 128 * 1024
/** WeCom itself waits no longer for its answer. */
const ANYBODY_MS = 5000

/**
 * Turns bodies away with 503 while others fill the memory. What is reserved for a body is given back when its request is
 * answered or broken off, and no work on it is left.
 */
export function boundBodies(app: App): void {
  const known = new BodyBudget(KNOWN)
  const ofAnybody = new BodyBudget(OF_ANYBODY)
  app.decorateRequest("bodyReservation", null)

  app.addHook("preParsing", (request, reply, payload, done) => {
    const { "content-length": length, "transfer-encoding": coding } = request.raw.headers
    const bytes = Number(length ?? 0)
    const hasNone = coding === undefined && bytes === 0
    const { bodyLimit, config } = request.routeOptions
    // One that is over the limit is refused next, and not read.
    if (hasNone || bytes > bodyLimit) return done()

    const reservation = (config.takesBodyOfAnybody === true ? ofAnybody : known).open()
    request.bodyReservation = reservation
    reply.raw.once("close", () => reservation[Symbol.dispose]())
    if (config.takesBodyOfAnybody === true) {
      // A length that a stranger names takes nothing from others: only what has come counts, and it has to come soon.
      countAsItComes(payload, reservation)
      endLate(payload)
    } else if (isReadInPieces(request)) {
      if (!reservation.resize(IN_PIECES_BYTES)) return done(busy())
    } else if (coding === undefined) {
      if (!reservation.resize(bytes)) return done(busy())
    } else {
      countAsItComes(payload, reservation)
    }
    done()
  })
  // A client that has left does not end the work on what it sent.
  app.addHook("onRoute", (route) => {
    if (!WITH_BODY.test([route.method].flat().join())) return
    const { handler } = route
    route.handler = async function work(request, reply) {
      using _body = request.bodyReservation?.share()
      return handler.call(this, request, reply)
    }
  })
}

const WITH_BODY = /\b(?:POST|PUT|PATCH|DELETE)\b/

/** Its length is unknown, so it counts as it comes, for as long as it is read. */
function countAsItComes(payload: Readable, reservation: BodyReservation): void {
  payload.on("data", function count(piece: Buffer) {
    if (payload.listenerCount("error") === 0) payload.off("data", count)
    else if (!reservation.grow(piece.length)) {
      payload.off("data", count)
      payload.emit("error", busy())
    }
  })
}

function endLate(payload: Readable): void {
  const timer = setTimeout(() => {
    if (payload.listenerCount("error") > 0) payload.emit("error", new Problem("request_timeout"))
  }, ANYBODY_MS)
  for (const event of ["end", "close"]) payload.once(event, () => clearTimeout(timer))
}

function isReadInPieces({ routeOptions, headers }: FastifyRequest): boolean {
  if (routeOptions.config.takesForm === true) return true
  return routeOptions.config.takesLines === true && !/^application\/json/i.test(headers["content-type"] ?? "")
}

function busy(): Problem {
  return new Problem("too_busy", { retryAfterSeconds: 1 })
}

/** Room for what is kept of a body that is read in pieces, beside the pieces themselves. */
export function reservesMore({ bodyReservation }: FastifyRequest, bytes: number): boolean {
  return bodyReservation?.resize(IN_PIECES_BYTES + bytes) ?? true
}
