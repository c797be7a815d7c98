import { readFile } from "node:fs/promises"

let script: Promise<Buffer> | undefined

/** Scalar's bundle: put beside this file when the package is built; in a checkout taken from its own package. */
export function apiPageScript(): Promise<Buffer> {
  return (script ??= readBundle())
}

async function readBundle(): Promise<Buffer> {
  try {
    return await readFile(new URL("./scalar.js", import.meta.url))
  } catch {
    const { takeScalarBundle } = await import("./take-scalar-bundle.ts")
    return takeScalarBundle()
  }
}
