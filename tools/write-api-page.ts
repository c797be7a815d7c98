import { mkdir, writeFile } from "node:fs/promises"
import { STORED } from "../packages/gateway/src/doors/http/docs/api-page-script.ts"
import { compressBundle, takeScalarBundle } from "../packages/gateway/src/doors/http/docs/take-scalar-bundle.ts"

/** Puts the script of the gateway's API page beside the compiled gateway, so that its package needs no other for it. */
const folder = new URL("../packages/gateway/dist/", import.meta.url)
await mkdir(folder, { recursive: true })
const bundle = await takeScalarBundle()
await Promise.all(
  (["br", "gzip"] as const).map(async (encoding) =>
    writeFile(new URL(STORED[encoding], folder), await compressBundle(bundle, encoding, "well")),
  ),
)
