import { Problem } from "../../problems/problem.ts"
import type { KeyRecord } from "../../model/ports/keys.ts"
import type { MessageDetail } from "../../model/ports/reader.ts"
import type { HttpDeps } from "../kit/deps.ts"

/** A message that the key may see. A message of another app does not exist for the key. @throws {Problem} `not_found` */
export async function heldMessage(
  id: string,
  key: KeyRecord,
  { stores, now }: Pick<HttpDeps, "stores" | "now">,
): Promise<MessageDetail> {
  const message = await stores.reader.message(id, { apps: key.apps, now: now() })
  if (message !== undefined) return message
  throw new Problem("not_found", {
    detail: { en: "This key can see no message with this id.", zh: "密钥范围内没有此 id 的消息。" },
  })
}
