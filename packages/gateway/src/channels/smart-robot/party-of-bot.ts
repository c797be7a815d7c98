import { hash } from "node:crypto"
import { packBot } from "../../model/bot.ts"
import type { BotSecrets } from "../../model/bot.ts"

/** The ids under which the store keeps a smart robot. Two names of one robot are one party: WeCom counts by robot. */
export function partyOfBot(bot: BotSecrets): {
  readonly agentId: 0
  readonly corpId: string
  readonly secrets: { readonly secret: string }
} {
  return { agentId: 0, corpId: hash("sha256", bot.botId), secrets: { secret: packBot(bot) } }
}
