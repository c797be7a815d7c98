import { createHash } from "node:crypto"
import { chunksIn } from "../blob-chunks.ts"
import { readWithin } from "./read-within.ts"
import type { ReadLimits } from "./read-within.ts"

/** The hash as hex, computed piece by piece. @throws as `readWithin` */
export async function sha256Of(blob: Blob, limits: ReadLimits): Promise<string> {
  const digest = createHash("sha256")
  for await (const chunk of readWithin(chunksIn(blob), limits)) digest.update(chunk)
  return digest.digest("hex")
}
