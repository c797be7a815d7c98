import type { Language } from "@wecom-push/protocol"
import { DEFAULT_BASE_URL } from "@wecom-push/sdk"
import { settingNames, settings } from "../config/settings.ts"
import type { SettingName, Settings } from "../config/settings.ts"
import { sourceWord } from "../source-word.ts"
import { say } from "../texts.ts"

/** A setting as `doctor` shows it: which name it was read under, and where. Secrets are only said to be set. */
export interface ToldSetting {
  readonly setting: string
  readonly name: string
  readonly source: string
  readonly value: string
}

/** What is set, and of what is needed also what is not. */
export function toldSettings(found: Settings, language: Language): ToldSetting[] {
  return settingNames.flatMap((name): ToldSetting[] => {
    const value = found[name]
    if (value !== undefined) {
      return [
        {
          setting: settings[name].yaml,
          name: value.name,
          source: sourceWord(value.source, language),
          value: shown(name, value.value, language),
        },
      ]
    }
    if (!needed.has(name)) return []
    const isDefault = name === "baseUrl"
    return [
      {
        setting: settings[name].yaml,
        name: settings[name].environment[0],
        source: isDefault ? say(language, "fromDefault") : "",
        value: isDefault ? DEFAULT_BASE_URL : say(language, "notSet"),
      },
    ]
  })
}

const needed: ReadonlySet<SettingName> = new Set(["corpId", "secret", "agentId", "baseUrl"])

function shown(name: SettingName, value: string, language: Language): string {
  if (settings[name].secret) return say(language, "secretIsSet")
  // An address may hold a password.
  return value.replace(/^([a-z]+:\/\/)?.*@/i, "$1…@")
}
