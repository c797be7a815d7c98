import { targetKey } from "@wecom-push/protocol/delivery"
import type { CallTarget } from "../target.ts"

/** A member who was not looked up before. @param positions of the recipients that mean it */
export function aTarget(id: string, ...positions: readonly number[]): CallTarget {
  return { kind: "user", id, key: targetKey("user", id), positions, remembered: positions.map(() => false) }
}

/** Members, each meant by one recipient. */
export function targets(...userids: readonly string[]): CallTarget[] {
  return userids.map((userid, index) => aTarget(userid, index))
}
