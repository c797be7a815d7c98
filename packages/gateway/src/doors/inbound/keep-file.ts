import { describeFault } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import { MEDIA_RULES } from "@wecom-push/protocol"
import { refuse } from "../../accept/issues.ts"
import { takeIn } from "../../files/take-in.ts"
import type { HttpDeps } from "../kit/deps.ts"
import { senderOf } from "./caller.ts"
import type { Caller } from "./caller.ts"

/** Keeps a file as `/v1/media` does, for the app that the caller's messages come from. */
export function keeperOf(
  { stores, files, now }: Pick<HttpDeps, "stores" | "files" | "now">,
  caller: Caller,
): (bytes: Uint8Array, type: MediaType, filename: string | undefined) => Promise<string> {
  const { id, client, apps } = senderOf(caller)
  return async (bytes, type, filename) => {
    const { limitBytes } = MEDIA_RULES[type]
    await using draft = await stores.media.receive(onePiece(bytes), limitBytes)
    const place = { store: stores.media, room: files }
    const arrival = { path: "media", key: { id, client }, apps, at: now() }
    const taken = await takeIn(place, { draft, filename }, type, arrival)
    if (taken.kind !== "refused") return taken.id
    throw refuse(
      taken.faults.map((fault) => ({
        path: fault.path,
        code: fault.rule,
        detail: { en: describeFault(fault, "en"), zh: describeFault(fault, "zh") },
        ...(fault.errcode === undefined ? {} : { errcode: fault.errcode }),
      })),
    )
  }
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
