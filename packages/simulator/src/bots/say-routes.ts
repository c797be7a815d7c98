import type { FastifyInstance } from "fastify"
import { readJson, refuse } from "../control/control-routes.ts"
import type { World } from "../world.ts"
import { say } from "../callbacks/say.ts"

/** What members say on their phones, and which apps and smart robots hear it. */
export function sayRoutes(server: FastifyInstance, world: World): void {
  server.post<{ Params: { userid: string } }>("/_sim/phones/:userid/say", async (request, reply) => {
    const said = await say(world, request.params.userid, readJson(request))
    return "told" in said ? said.told : refuse(reply, said.badFields)
  })

  server.get("/_sim/bots", () => ({
    bots: world.org.document.bots.map((bot) => ({
      bot_id: bot.bot_id,
      name: bot.name,
      connected: world.bots.connection(bot.bot_id) !== undefined,
      opened_by: world.bots.openedBy(bot),
      groups: bot.groups,
    })),
  }))
}
