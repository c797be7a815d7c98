import { mustAnswer } from "../lib/http.ts"
import { APPS, CORP_ID } from "../world.ts"

/** What a gateway is told once: the apps that are not in its environment, and what differs for the corp. */
export async function registerApps(url: string, adminKey: string): Promise<void> {
  const headers = { authorization: `Bearer ${adminKey}` }
  for (const { name, agentId, secret } of APPS.slice(1)) {
    const body = { name, corp_id: CORP_ID, agent_id: agentId, secret }
    await mustAnswer({ url: `${url}/v1/apps`, method: "POST", headers, body })
  }
  // Runs name more addresses of nobody than WeCom would bear from a corp of this size.
  const body = { settings: { lookup_miss_budget: null } }
  await mustAnswer({ url: `${url}/v1/corps/${CORP_ID}`, method: "PUT", headers, body })
}
