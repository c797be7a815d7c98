import { parseDocument } from "yaml"
import type { YAMLError } from "yaml"
import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import { readText } from "../read-text.ts"
import { say } from "../texts.ts"
import { alike } from "./alike.ts"
import { gatewaySettings, qywxAm, settingNames, settings } from "./settings.ts"

export interface YamlRead {
  readonly values: Readonly<Record<string, string>>
  readonly faults: readonly CommandFault[]
  /** False where nothing could be read out of it. */
  readonly isRead: boolean
}

const names = settingNames.flatMap((setting) => [settings[setting].yaml, ...settings[setting].environment])
const secretFiles = settingNames.flatMap((setting) => {
  const { secret, yaml, environment } = settings[setting]
  return secret ? [`${yaml}_file`, ...environment.map((name) => `${name}_FILE`)] : []
})
const known: ReadonlySet<string> = new Set([...names, ...secretFiles, qywxAm])
const ofGateways: ReadonlySet<string> = new Set(Object.entries(gatewaySettings).flat())

/** One name of each setting, for the message. */
const listed = settingNames.map((setting) => settings[setting].environment[0]).join(", ")
const shownNames = settingNames.map((setting) => settings[setting].yaml)

/**
 * Reads `--config FILE`, a flat list of settings, named as in the environment or in lower case without `WECOM_`.
 * @param shown the path as the user wrote it
 */
export function readYaml(path: string, shown: string, language: Language): YamlRead {
  const read = readText(path, shown, language)
  if ("fault" in read) return unread([{ path: "--config", message: read.fault }])
  // "failsafe" keeps every value as text: a secret of digits keeps its leading zeros.
  const document = parseDocument(read.text, { schema: "failsafe" })
  const faults: CommandFault[] = document.errors.map((error) => ({ path: shown, message: tellSyntax(error, language) }))
  if (faults.length > 0) return unread(faults)
  const content: unknown = document.toJS()
  if (content === null || content === undefined || content === "") return { values: {}, faults, isRead: true }
  if (typeof content !== "object" || Array.isArray(content)) {
    return unread([{ path: shown, message: say(language, "yamlNotMapping") }])
  }
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(content)) {
    if (!known.has(name) && !isOfGateways(name)) {
      const meant = alike(name, shownNames).join(", ")
      const unknown =
        meant === ""
          ? say(language, "unknownSetting", { names: listed })
          : say(language, "unknownSettingMeant", { names: meant })
      faults.push({ path: name, message: unknown })
    } else if (typeof value === "string") {
      if (value !== "~" && value !== "null") values[name] = value
    } else if (value !== null) {
      faults.push({ path: name, message: say(language, "settingNotScalar") })
    }
  }
  return { values, faults, isRead: true }
}

function unread(faults: readonly CommandFault[]): YamlRead {
  return { values: {}, faults, isRead: false }
}

function tellSyntax({ code, linePos }: YAMLError, language: Language): string {
  const { line, col: column } = linePos?.[0] ?? { line: 1, col: 1 }
  if (code === "DUPLICATE_KEY") return say(language, "yamlTwice", { line })
  if (code === "TAB_AS_INDENT") return say(language, "yamlTab", { line })
  return say(language, "yamlSyntax", { line, column })
}

function isOfGateways(name: string): boolean {
  return ofGateways.has(name.replace(/_file$/i, ""))
}
