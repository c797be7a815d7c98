import { mustAnswer } from "../lib/http.ts"
import { APPS, CORP_ID, LOOKUPS_PER_MINUTE } from "../world.ts"

/** Configures a gateway once: the apps that are not in its environment, and the settings of the corp. */
export async function registerApps(
  url: string,
  adminKey: string,
  lookupsPerMinute = LOOKUPS_PER_MINUTE,
): Promise<void> {
  const headers = { authorization: `Bearer ${adminKey}` }
  for (const { name, agentId, secret } of APPS.slice(1)) {
    const body = { name, corp_id: CORP_ID, agent_id: agentId, secret }
    await mustAnswer({ url: `${url}/v1/apps`, method: "POST", headers, body })
  }
  // Runs name more addresses without a member than WeCom would bear from a corp of this size.
  const settings = { lookup_miss_budget: null, lookups_per_minute: Math.floor(lookupsPerMinute * 0.9) }
  const body = { settings }
  await mustAnswer({ url: `${url}/v1/corps/${CORP_ID}`, method: "PUT", headers, body })
}
