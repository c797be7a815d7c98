import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { parseJson } from "../json.ts"
import { parseSettings } from "../settings.ts"
import type { World } from "../world.ts"
import { advanceClock, clockOf } from "./advance-clock.ts"
import { controlProblem, type BadField } from "./bad-field.ts"
import { listCalls, listMessages } from "./listings.ts"
import { replaceOrg } from "./replace-org.ts"

/** `/_sim/*` except faults and phones. */
export function controlRoutes(server: FastifyInstance, world: World, hooks: { onReset(): void }): void {
  server.get("/_sim/messages", (request, reply) => listMessages(world, request, reply))
  server.get("/_sim/calls", (request, reply) => listCalls(world, request, reply))
  server.get("/_sim/stats", () => world.ledger.stats)

  server.get("/_sim/settings", () => world.settings)
  server.get("/_sim/settings/defaults", () => world.defaultSettings)
  server.put("/_sim/settings", (request, reply) => {
    const { settings, badFields } = parseSettings(readJson(request))
    if (badFields.length > 0) return refuse(reply, badFields)
    world.changeSettings(settings)
    return world.settings
  })

  server.get("/_sim/org", () => world.organisation)
  server.put("/_sim/org", async (request, reply) => {
    const badFields = await replaceOrg(world, readJson(request))
    return badFields.length > 0 ? refuse(reply, badFields) : world.organisation
  })

  server.post("/_sim/clock", (request, reply) => {
    const badFields = advanceClock(world, readJson(request))
    return badFields.length > 0 ? refuse(reply, badFields) : clockOf(world)
  })
  server.get("/_sim/clock", () => clockOf(world))

  server.post("/_sim/tokens/revoke", () => ({ revoked: world.tokens.revokeAll(world.clock.nowMs()) }))

  server.post("/_sim/reset", () => {
    world.reset()
    hooks.onReset()
    return {}
  })
}

/** `undefined`, which no reader takes, for what is not JSON. */
export function readJson(request: FastifyRequest): unknown {
  return Buffer.isBuffer(request.body) ? parseJson(request.body.toString("utf8")) : undefined
}

export function refuse(reply: FastifyReply, badFields: readonly BadField[]): FastifyReply {
  return reply.code(400).send(controlProblem(badFields))
}
