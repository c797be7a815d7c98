import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { appsToVerify } from "../callbacks/verify-url.ts"
import { parseJson } from "../json.ts"
import { parseOrg } from "../org/parse-org.ts"
import type { OrgDocument } from "../org/types.ts"
import { parseSettings } from "../settings.ts"
import type { World } from "../world.ts"
import { controlProblem, type BadField } from "./bad-field.ts"
import { Fields } from "./fields.ts"
import { listCalls, listMessages } from "./listings.ts"

/** A century: far past every window. */
const MAX_ADVANCE_SECONDS = 100 * 365 * 86_400
/** Whoever reads a time here expects a year of four digits. */
const LATEST_MS = Date.parse("9999-12-31T23:59:59Z")

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

  server.get("/_sim/org", () => world.org.document)
  server.put("/_sim/org", async (request, reply) => {
    const { org, badFields } = parseOrg(readJson(request))
    if (badFields.length > 0) return refuse(reply, badFields)
    const unreachable = await unreachableApps(world, org)
    if (unreachable.length > 0) return refuse(reply, unreachable)
    world.replaceOrg(org)
    return world.org.document
  })

  server.post("/_sim/clock", (request, reply) => {
    const badFields: BadField[] = []
    const fields = new Fields(readJson(request), "", badFields)
    fields.refuseOthers(new Set(["advance_s"]))
    const advanceSeconds = fields.neededNumber("advance_s", 0, MAX_ADVANCE_SECONDS)
    if (world.clock.nowMs() + advanceSeconds * 1000 > LATEST_MS) fields.complain("advance_s", ...beyondLatest(world))
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

/** The apps whose new callback URL fails WeCom's question, where that is a reason to refuse the organisation. */
async function unreachableApps(world: World, org: OrgDocument): Promise<BadField[]> {
  const { callback_verification: manner } = world.settings
  if (manner === "off") return []
  const verifications = await world.callbacks.verify(appsToVerify(world.org.document, org), org.corp_id)
  if (manner === "note") return []
  return verifications
    .filter(({ ok }) => !ok)
    .map(({ agentid, status, error }) => {
      const index = org.apps.findIndex((app) => app.agentid === agentid)
      const why = error ?? String(status)
      const en = `did not send the decrypted echostr back within a second (${why})`
      const zh = `未能在 1 秒内返回解密后的 echostr（${why}）`
      return { path: `apps[${index}].callback.url`, problem: { en, zh } }
    })
}

function beyondLatest({ clock }: World): [en: string, zh: string] {
  const leftSeconds = Math.max(Math.floor((LATEST_MS - clock.nowMs()) / 1000), 0)
  const latest = new Date(LATEST_MS).toISOString()
  return [
    `is too much: the clock goes no further than ${latest}, which is ${leftSeconds} s ahead; POST /_sim/reset puts it back to the machine's time`,
    `过大：时钟最多拨到 ${latest}，目前还剩 ${leftSeconds} 秒；POST /_sim/reset 可恢复为本机时间`,
  ]
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
