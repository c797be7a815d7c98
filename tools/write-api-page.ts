import { mkdir, writeFile } from "node:fs/promises"
import { takeScalarBundle } from "../packages/gateway/src/http/docs/take-scalar-bundle.ts"

/** Puts the script of the gateway's API page beside the compiled gateway, so that its package needs no other for it. */
const folder = new URL("../packages/gateway/dist/http/docs/", import.meta.url)
await mkdir(folder, { recursive: true })
await writeFile(new URL("scalar.js", folder), await takeScalarBundle())
