import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { parseJson } from "../json.ts"
import { parseOrg } from "../org/parse-org.ts"
import { parseSettings } from "../settings.ts"
import type { World } from "../world.ts"
import { controlProblem, type BadField } from "./bad-field.ts"
import { Fields } from "./fields.ts"
import { listCalls, listMessages } from "./listings.ts"

/** A century: far past every window, and no way to the end of what a Date can hold. */
const MAX_ADVANCE_SECONDS = 100 * 365 * 86_400

/** `/_sim/*` except faults and phones. */
export function controlRoutes(server: FastifyInstance, world: World, hooks: { onReset(): void }): void {
  server.get("/_sim/messages", (request, reply) => listMessages(world, request, reply))
  server.get("/_sim/calls", (request, reply) => listCalls(world, request, reply))
  server.get("/_sim/stats", () => world.ledger.stats)

  server.get("/_sim/settings", () => world.settings)
  server.put("/_sim/settings", (request, reply) => {
    const { settings, badFields } = parseSettings(readJson(request))
    if (badFields.length > 0) return refuse(reply, badFields)
    world.changeSettings(settings)
    return world.settings
  })

  server.get("/_sim/org", () => world.org.document)
  server.put("/_sim/org", (request, reply) => {
    const { org, badFields } = parseOrg(readJson(request))
    if (badFields.length > 0) return refuse(reply, badFields)
    world.replaceOrg(org)
    return world.org.document
  })

  server.post("/_sim/clock", (request, reply) => {
    const badFields: BadField[] = []
    const fields = new Fields(readJson(request), "", badFields)
    fields.refuseOthers(new Set(["advance_s"]))
    const advanceSeconds = fields.neededNumber("advance_s", 0, MAX_ADVANCE_SECONDS)
    if (badFields.length > 0) return refuse(reply, badFields)
    world.clock.advance(advanceSeconds * 1000)
    return clockOf(world)
  })
  server.get("/_sim/clock", () => clockOf(world))

  server.post("/_sim/tokens/revoke", () => ({ revoked: world.tokens.revokeAll(world.clock.nowMs()) }))

  server.post("/_sim/reset", () => {
    world.reset()
    hooks.onReset()
    return {}
  })
}

function clockOf(world: World): { now: string; ahead_s: number } {
  return { now: new Date(world.clock.nowMs()).toISOString(), ahead_s: world.clock.aheadMs / 1000 }
}

/** `undefined`, which no reader takes, for what is not JSON. */
export function readJson(request: FastifyRequest): unknown {
  return Buffer.isBuffer(request.body) ? parseJson(request.body.toString("utf8")) : undefined
}

export function refuse(reply: FastifyReply, badFields: readonly BadField[]): FastifyReply {
  return reply.code(400).send(controlProblem(badFields))
}
