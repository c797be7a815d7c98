// The package entries that programs import. Each entry becomes a page of the API.

export interface ApiEntry {
  /** The name by which it is imported. */
  readonly name: string
  readonly source: string
  readonly page: string
  /** The guide that explains it step by step. */
  readonly guide: string
}

export const API_ENTRIES: readonly ApiEntry[] = [
  entry("@wecom-push/sdk", "sdk", "guide-sdk"),
  entry("@wecom-push/sdk/callback", "sdk", "sdk/callbacks"),
  entry("@wecom-push/client", "client", "guide-client"),
  entry("@wecom-push/protocol", "protocol", "guide-sdk"),
  entry("@wecom-push/protocol/delivery", "protocol", "states"),
  entry("@wecom-push/protocol/callback", "protocol", "recipes/cards-that-answer"),
  entry("@wecom-push/simulator", "simulator", "guide-simulator"),
]

function entry(name: string, folder: string, guide: string): ApiEntry {
  const path = name.split("/").slice(2).join("/")
  return {
    name,
    source: ["packages", folder, "src", path, "index.ts"].filter((part) => part !== "").join("/"),
    page: `api/${[folder, path].filter((part) => part !== "").join("-")}`,
    guide,
  }
}
