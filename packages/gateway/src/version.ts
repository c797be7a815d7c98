import { readFileSync } from "node:fs"

/** From package.json, which lies one folder up from sources and compiled files alike. */
export const VERSION = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
  const manifest: unknown = JSON.parse(text)
  const isManifest = typeof manifest === "object" && manifest !== null && "version" in manifest
  return isManifest && typeof manifest.version === "string" ? manifest.version : "unknown"
}
