import { readFileSync } from "node:fs"

/** The version of this package, which is one folder up from here both as source and as built. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : ""
  return typeof version === "string" ? version : ""
}
