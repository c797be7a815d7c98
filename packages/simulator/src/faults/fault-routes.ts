import type { FastifyInstance } from "fastify"
import { readJson, refuse } from "../control/control-routes.ts"
import type { FaultQueue } from "./fault-queue.ts"
import { faultToJson, parseFaults } from "./parse-faults.ts"

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
}
