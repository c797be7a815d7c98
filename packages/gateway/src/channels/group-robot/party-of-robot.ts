import { hash } from "node:crypto"

/** The ids under which the store keeps a group robot. Two names of one robot are one party: WeCom counts by key. */
export function partyOfRobot(key: string): {
  readonly agentId: 0
  readonly corpId: string
  readonly secrets: { readonly secret: string }
} {
  return { agentId: 0, corpId: hash("sha256", key), secrets: { secret: key } }
}
