/** What a smart robot signs in with. Both are secrets. */
export interface BotSecrets {
  readonly botId: string
  readonly secret: string
}

/** As the store keeps them, in the place of an app's secret. */
export function packBot({ botId, secret }: BotSecrets): string {
  return JSON.stringify([botId, secret])
}

/** @returns undefined for what `packBot` did not make */
export function unpackBot(packed: string): BotSecrets | undefined {
  if (!packed.startsWith("[")) return undefined
  const [botId, secret]: readonly unknown[] = JSON.parse(packed)
  return typeof botId === "string" && typeof secret === "string" ? { botId, secret } : undefined
}

/** The words of a pause whose cause is another program. */
export const BOT_TAKEN = "another program has connected with this bot id"
