import { hash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"

/** In the order in which they are preferred. */
export const ENCODINGS = ["br", "gzip", "identity"] as const
export type Encoding = (typeof ENCODINGS)[number]

export interface PageScript {
  readonly bytes: Buffer
  readonly etag: string
}

/** Files beside the compiled gateway. Few ask for the script as it is, which is 4.9 MB: it is unpacked for them. */
export const STORED = { br: "scalar.js.br", gzip: "scalar.js.gz" } as const

const scripts = new Map<Encoding, Promise<PageScript>>()

/**
 * Scalar's bundle: put beside this file, compressed too, when the package is built, and read at a request for it, which is
 * rare; in a checkout taken from its own package. Clients that ask within a minute share it: a thousand clients that ask and
 * do not read hold one.
 */
export function apiPageScript(encoding: Encoding): Promise<PageScript> {
  const known = scripts.get(encoding)
  if (known !== undefined) return known
  const script = readScript(encoding)
  scripts.set(encoding, script)
  const forget = (): boolean => scripts.delete(encoding)
  script.then(() => setTimeout(forget, SHARED_FOR_MS).unref(), forget)
  return script
}

const SHARED_FOR_MS = 60_000

async function readScript(encoding: Encoding): Promise<PageScript> {
  const bytes = (await built(encoding)) ?? (await compressedOnce(encoding))
  return { bytes, etag: `"${hash("sha256", bytes, "base64url")}"` }
}

async function built(encoding: Encoding): Promise<Buffer | undefined> {
  try {
    const bytes = await readFile(new URL(STORED[encoding === "identity" ? "gzip" : encoding], import.meta.url))
    if (encoding !== "identity") return bytes
    const { gunzip } = await import("node:zlib")
    return await promisify(gunzip)(bytes)
  } catch {
    return undefined
  }
}

const compressed = new Map<Encoding, Promise<Buffer>>()

function compressedOnce(encoding: Encoding): Promise<Buffer> {
  const known = compressed.get(encoding)
  if (known !== undefined) return known
  const made = (async () => {
    const { compressBundle, takeScalarBundle } = await import("./take-scalar-bundle.ts")
    return compressBundle(await takeScalarBundle(), encoding, "quickly")
  })()
  compressed.set(encoding, made)
  made.catch(() => compressed.delete(encoding))
  return made
}
