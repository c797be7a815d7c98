import { createHash, hash } from "node:crypto"
import { createReadStream } from "node:fs"
import { pipeline } from "node:stream/promises"
import { mapMediaIds } from "@wecom-push/protocol"
import type { AppMessage } from "@wecom-push/protocol"
import { fitMessage } from "@wecom-push/sdk/internals"
import type { Overflow } from "@wecom-push/sdk"
import type { ContentFile } from "./content.ts"

/** SHA-256, in hex, of what people will see: the message as it goes out, and the bytes and the name of its file. */
export async function contentHash(
  message: AppMessage,
  file: ContentFile | undefined,
  overflow: Overflow | undefined,
): Promise<string> {
  const id = file === undefined ? undefined : await fileHash(file)
  const whole = id === undefined ? message : mapMediaIds(message, () => id)
  return hash("sha256", JSON.stringify(fitMessage(whole, overflow)))
}

async function fileHash({ source }: ContentFile): Promise<string> {
  const bytes = createHash("sha256")
  await pipeline(createReadStream(source.path), bytes)
  return `${bytes.digest("hex")} ${source.filename}`
}
