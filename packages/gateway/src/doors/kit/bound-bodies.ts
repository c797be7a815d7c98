import type { Readable } from "node:stream"
import type { FastifyRequest } from "fastify"
import { Problem } from "../../problems/problem.ts"
import type { App } from "./app.ts"
import { BodyBudget } from "./body-budget.ts"
import type { BodyReservation } from "./body-budget.ts"
import { UnfinishedBodies } from "./unfinished-bodies.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** True if the key is in the body, so that the body is read before the key is known. */
    readonly takesBodyOfAnybody?: boolean
  }
  interface FastifyRequest {
    /** The memory that the body uses; null if there is no body. */
    bodyReservation: BodyReservation | null
  }
}

const MIB = 1024 * 1024

/** The budget for clients whose key is known: three of the largest bodies at a time, and always room for small ones. */
const KNOWN = { totalBytes: 256 * MIB, largeBytes: 192 * MIB, smallBytes: MIB }
/** The budget for strangers: thirty of the longest callbacks. */
const OF_ANYBODY = { totalBytes: 8 * MIB, largeBytes: 8 * MIB, smallBytes: 0 }
/** Memory of a body that is read and stored piece by piece. */
const IN_PIECES_BYTES = 128 * 1024
/** WeCom itself waits no longer for the answer to a callback. */
const ANYBODY_MS = 5000

/**
 * Refuses bodies with 503 while others fill the memory. The memory reserved for a body is given back when its request is
 * answered or broken off, and no work on it is left.
 */
export function boundBodies(app: App): void {
  const known = new BodyBudget(KNOWN)
  const ofAnybody = new BodyBudget(OF_ANYBODY)
  const unfinished = new UnfinishedBodies()
  app.decorateRequest("bodyReservation", null)

  app.addHook("preParsing", (request, reply, payload, done) => {
    const { "content-length": length, "transfer-encoding": coding } = request.raw.headers
    const bytes = Number(length ?? 0)
    const hasNone = coding === undefined && bytes === 0
    const { bodyLimit, config } = request.routeOptions
    // A body that is over the limit is refused later, and is not read.
    if (hasNone || bytes > bodyLimit) return done()

    const reservation = (config.takesBodyOfAnybody === true ? ofAnybody : known).open()
    request.bodyReservation = reservation
    reply.raw.once("close", () => reservation[Symbol.dispose]())
    if (config.takesBodyOfAnybody === true) {
      // The length that a stranger announces takes nothing from others: only bytes that have arrived count, and they have to
      // arrive soon. WeCom sends its callbacks at once, so the body that has been arriving for longest gives way to a new one.
      unfinished.add(payload, reservation)
      countAsItComes(payload, reservation, () => unfinished.endOldestBut(payload, busy()))
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
  // The work on a body does not end when its client has left.
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

/** The length is unknown, so the bytes count as they arrive, for as long as the body is read. */
function countAsItComes(payload: Readable, reservation: BodyReservation, makeRoom = () => false): void {
  payload.on("data", function count(piece: Buffer) {
    if (payload.listenerCount("error") === 0) {
      payload.off("data", count)
      return
    }
    while (!reservation.grow(piece.length)) {
      if (reservation.isOpen && makeRoom()) continue
      payload.off("data", count)
      payload.emit("error", busy())
      return
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

/** Reserves memory for data that is kept of a body that is read in pieces, in addition to the pieces themselves. */
export function reservesMore({ bodyReservation }: FastifyRequest, bytes: number): boolean {
  return bodyReservation?.resize(IN_PIECES_BYTES + bytes) ?? true
}
