import type { FastifyInstance, FastifyRequest } from "fastify"
import type { BadField } from "../control/bad-field.ts"
import { readJson, refuse } from "../control/control-routes.ts"
import { Fields } from "../control/fields.ts"
import { readAfter } from "../control/listings.ts"
import { isJsonObject } from "../json.ts"
import type { World } from "../world.ts"
import { deliveryView, verificationView } from "./delivery.ts"
import { raisePress } from "./raise-press.ts"
import { clickProblem, pressCard, type Click } from "./press-card.ts"

/** Clicks on phones, and the callbacks that apps got of them. */
export function callbackRoutes(server: FastifyInstance, world: World): void {
  server.post("/_sim/phones/:userid/click", async (request, reply) => {
    const badFields: BadField[] = []
    const click = readClick(readJson(request), badFields)
    if (badFields.length > 0) return refuse(reply, badFields)
    const verdict = pressCard(world, useridOf(request), click)
    if (verdict.kind === "refused") return reply.code(verdict.refusal.status).send(clickProblem(verdict.refusal))
    return deliveryView(await raisePress(world, verdict))
  })

  server.get("/_sim/callbacks", (request, reply) => {
    const badFields: BadField[] = []
    const after = readAfter(isJsonObject(request.query) ? request.query : {}, badFields) ?? 0
    if (badFields.length > 0) return refuse(reply, badFields)
    const { callbacks } = world
    return {
      callbacks: callbacks
        .deliveries()
        .filter(({ seq }) => seq > after)
        .map(deliveryView),
      verifications: callbacks.verifications().map(verificationView),
    }
  })
}

function useridOf({ params }: FastifyRequest): string {
  return isJsonObject(params) ? String(params["userid"]) : ""
}

const CLICK_FIELDS = new Set(["msgid", "key", "selected"])

function readClick(input: unknown, badFields: BadField[]): Click {
  const fields = new Fields(input, "", badFields)
  fields.refuseOthers(CLICK_FIELDS)
  return { msgid: fields.neededText("msgid"), key: fields.neededText("key"), selected: readSelected(input, fields) }
}

function readSelected(input: unknown, fields: Fields): Click["selected"] {
  const selected = fields.object("selected")
  const given = isJsonObject(input) ? input["selected"] : undefined
  const keys = isJsonObject(given) ? Object.keys(given) : []
  return Object.fromEntries(keys.map((key) => [key, selected?.texts(key) ?? []]))
}
