import { createHash } from "node:crypto"
import { chunksIn } from "../blob-chunks.ts"

/** As hex, a piece at a time. */
export async function sha256Of(blob: Blob): Promise<string> {
  const digest = createHash("sha256")
  for await (const chunk of chunksIn(blob)) digest.update(chunk)
  return digest.digest("hex")
}
