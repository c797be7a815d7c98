import { mapMediaIds, type MediaIdPlace } from "@wecom-push/protocol"
import type { JsonObject } from "../json.ts"

/** The ids of media that a message shows or offers. */
export function mediaIn(msgtype: string, payload: JsonObject): (MediaIdPlace & { readonly id: string })[] {
  const found: (MediaIdPlace & { readonly id: string })[] = []
  mapMediaIds({ msgtype, [msgtype]: payload }, (id, place) => {
    if (typeof id === "string" && id !== "") found.push({ ...place, id })
    return id
  })
  return found
}
