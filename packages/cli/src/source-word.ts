import type { Language } from "@wecom-push/protocol"
import type { Source } from "./config/settings.ts"
import { say } from "./texts.ts"
import type { PlainTextKey } from "./texts.ts"

/** Where a setting was read, in a word. */
export function sourceWord(source: Source, language: Language): string {
  return say(language, words[source])
}

const words = {
  flag: "fromFlag",
  environment: "fromEnvironment",
  dotenv: "fromDotenv",
  config: "fromConfigFile",
  simulator: "fromSimulator",
  gateway: "fromGateway",
} as const satisfies Record<Source, PlainTextKey>
