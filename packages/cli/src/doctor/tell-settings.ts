import type { Language } from "@wecom-push/protocol"
import { DEFAULT_BASE_URL } from "@wecom-push/sdk/internals"
import { withoutPassword } from "../config/address-trust.ts"
import { settingNames, settings } from "../config/settings.ts"
import type { SettingName, Settings } from "../config/settings.ts"
import { sourceWord } from "../source-word.ts"
import { say } from "../texts.ts"

/** A setting as `doctor` shows it: under which name it was read, and where. For a secret it only says that it is set. */
export interface ToldSetting {
  readonly setting: string
  readonly name: string
  readonly source: string
  readonly value: string
}

/** Those of the given settings that are set, and the required ones that are not set. */
export function toldSettings(
  found: Settings,
  { needed, others, defaults }: Told,
  language: Language,
): readonly ToldSetting[] {
  return settingNames.flatMap((name): ToldSetting[] => {
    if (!needed.includes(name) && !others.includes(name)) return []
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
    if (!needed.includes(name)) return []
    const usual = defaults[name]
    return [
      {
        setting: settings[name].yaml,
        name: settings[name].environment[0],
        source: usual === undefined ? "" : say(language, "fromDefault"),
        value: usual ?? say(language, "notSet"),
      },
    ]
  })
}

/** Which settings to show. */
export interface Told {
  readonly needed: readonly SettingName[]
  readonly others: readonly SettingName[]
  readonly defaults: Readonly<Partial<Record<SettingName, string>>>
}

export const toldOfWecom: Told = {
  needed: ["corpId", "secret", "agentId", "baseUrl"],
  others: ["httpsProxy", "noProxy"],
  defaults: { baseUrl: DEFAULT_BASE_URL },
}

function shown(name: SettingName, value: string, language: Language): string {
  if (settings[name].secret) return say(language, "secretIsSet")
  return withoutPassword(value)
}
