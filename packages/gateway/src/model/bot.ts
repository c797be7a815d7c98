/** What a smart robot signs in with. Both are secrets. */
export interface BotSecrets {
  readonly botId: string
  readonly secret: string
}

/** Packs the secrets as the store keeps them, in the place of an app's secret. */
export function packBot({ botId, secret }: BotSecrets): string {
  return JSON.stringify([botId, secret])
}

/** @returns undefined for what `packBot` did not make */
export function unpackBot(packed: string): BotSecrets | undefined {
  if (!packed.startsWith("[")) return undefined
  const [botId, secret]: readonly unknown[] = JSON.parse(packed)
  return typeof botId === "string" && typeof secret === "string" ? { botId, secret } : undefined
}

/** A press on a card, by which the card can be changed for 5 s. */
export interface Press {
  /** The id of the frame that reported the press. */
  readonly reqId: string
  readonly taskId: string
}

/** Packs a press as the store keeps it, in the place of the code that comes with a press on an app's card. */
export function packPress({ reqId, taskId }: Press): string {
  return JSON.stringify([reqId, taskId])
}

/** @returns undefined for what `packPress` did not make */
export function unpackPress(packed: unknown): Press | undefined {
  if (typeof packed !== "string" || !packed.startsWith("[")) return undefined
  const [reqId, taskId]: readonly unknown[] = JSON.parse(packed)
  return typeof reqId === "string" && typeof taskId === "string" ? { reqId, taskId } : undefined
}
