import { mustAnswer } from "../lib/http.ts"
import { APPS, BOTS, CHAT_APP, CORP_ID, DEFAULT_APP, LOOKUPS_PER_MINUTE, OF_SOURCE, ROBOTS } from "../world.ts"

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
  // No miss budget: runs name more addresses without a member than WeCom would allow a corp of this size.
  const settings = { lookup_miss_budget: null, lookups_per_minute: Math.floor(lookupsPerMinute * 0.9) }
  const body = { settings }
  await mustAnswer({ url: `${url}/v1/corps/${CORP_ID}`, method: "PUT", headers, body })
}

/** Configures the channels other than messages of apps. @returns the token of a source of `/in/text` */
export async function registerChannels(url: string, adminKey: string): Promise<string> {
  const headers = { authorization: `Bearer ${adminKey}` }
  const { name, agentId, secret, chatPerMinute } = CHAT_APP
  const apps = [
    { name, corp_id: CORP_ID, agent_id: agentId, secret, settings: { chat_per_minute: chatPerMinute } },
    ...ROBOTS.map((robot) => ({ name: robot.name, kind: "robot", robot_key: robot.key })),
    ...BOTS.map((bot) => ({ name: bot.name, kind: "bot", bot_id: bot.botId, secret: bot.secret })),
  ]
  for (const body of apps) await mustAnswer({ url: `${url}/v1/apps`, method: "POST", headers, body })
  const source = { name: "disk", adapter: "text", app: DEFAULT_APP, to: { users: OF_SOURCE } }
  const { token } = await mustAnswer<{ readonly token: string }>({
    url: `${url}/v1/sources`,
    method: "POST",
    headers,
    body: source,
  })
  return token
}
