import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"
import fastify from "fastify"
import type { Encoding } from "./api-page-script.ts"

/** The bundle as Scalar's own plugin serves it. Needs the plugin, which only a checkout has. */
export async function takeScalarBundle(): Promise<Buffer> {
  const { default: plugin } = await import("@scalar/fastify-api-reference")
  const app = fastify()
  await app.register(plugin, { routePrefix: "/page", configuration: { content: {} } })
  const answer = await app.inject("/page/js/scalar.js")
  await app.close()
  if (answer.statusCode !== 200) throw new Error(`Scalar's plugin answered ${answer.statusCode} for its bundle`)
  return answer.rawPayload
}

/** @param how "well" takes five seconds and is for a build */
export async function compressBundle(bytes: Buffer, encoding: Encoding, how: "quickly" | "well"): Promise<Buffer> {
  if (encoding === "identity") return bytes
  if (encoding === "gzip") return promisify(gzip)(bytes, { level: how === "well" ? 9 : 6 })
  const quality = how === "well" ? GOOD_BROTLI_QUALITY : QUICK_BROTLI_QUALITY
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants
  return promisify(brotliCompress)(bytes, {
    params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}

/** Half a second, and smaller than the best of gzip. */
const QUICK_BROTLI_QUALITY = 5
/** The best, which is 11, takes twice as long for less than 2 %. */
const GOOD_BROTLI_QUALITY = 10
