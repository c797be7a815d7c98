import { isDeepStrictEqual } from "node:util"
import type { FastifyInstance } from "fastify"
import type { BadField } from "../control/bad-field.ts"
import { readJson, refuse } from "../control/control-routes.ts"
import { Fields } from "../control/fields.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { FaultQueue } from "./fault-queue.ts"
import { faultToJson, parseFaults } from "./parse-faults.ts"
import type { PlannedFault } from "./planned-fault.ts"

/** `/_sim/faults`. A list with one bad fault in it adds none. */
export function faultRoutes(server: FastifyInstance, queue: FaultQueue): void {
  const left = (): object => ({ faults: queue.left().map(faultToJson) })

  server.get("/_sim/faults", left)
  server.post("/_sim/faults", (request, reply) => {
    const { faults, badFields } = parseFaults(readJson(request))
    if (badFields.length > 0) return refuse(reply, badFields)
    queue.add(faults)
    return left()
  })
  server.delete("/_sim/faults", () => {
    queue.clear()
    return left()
  })
  server.post("/_sim/faults/remove", (request, reply) => {
    const { nth, fault, badFields } = readRemoval(readJson(request))
    if (badFields.length > 0) return refuse(reply, badFields)
    return queue.remove(nth, (one) => isSame(one, fault)) ? left() : reply.code(409).send(GONE)
  })
}

const GONE = {
  error: "This fault has met its last call, or was removed.",
  error_zh: "该故障已用完或已被移除。",
}

/** One fault as the list tells it, with its place there: faults have no name, and two may be alike. */
function readRemoval(input: unknown): { nth: number; fault: JsonObject; badFields: BadField[] } {
  const badFields: BadField[] = []
  const fields = new Fields(input, "", badFields)
  fields.refuseOthers(new Set(["nth", "fault"]))
  const nth = fields.neededInteger("nth", 0)
  fields.complainIfMissing("fault")
  fields.object("fault")
  const fault = isJsonObject(input) ? input["fault"] : undefined
  return { nth, fault: isJsonObject(fault) ? fault : {}, badFields }
}

/** Whatever it has met since it was looked at. */
function isSame(planned: PlannedFault, fault: JsonObject): boolean {
  const told: unknown = JSON.parse(JSON.stringify(faultToJson({ ...planned, ...UNCOUNTED })))
  return isDeepStrictEqual(told, { ...fault, ...UNCOUNTED })
}

const UNCOUNTED = { times: 0, after: 0 }
