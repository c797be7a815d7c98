import { appsToVerify } from "../callbacks/verify-url.ts"
import { parseOrg } from "../org/parse-org.ts"
import type { OrgDocument } from "../org/types.ts"
import type { World } from "../world.ts"
import type { BadField } from "./bad-field.ts"

/** Puts the organisation in force that `PUT /_sim/org` takes, unless there is something wrong with it. */
export async function replaceOrg(world: World, input: unknown): Promise<readonly BadField[]> {
  const { org, badFields } = parseOrg(input, world.org.document.members)
  if (badFields.length > 0) return badFields
  const unreachable = await unreachableApps(world, org)
  if (unreachable.length === 0) world.replaceOrg(org)
  return unreachable
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
