import { resolve } from "node:path"
import { parseEnv } from "node:util"
import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { readText } from "../read-text.ts"
import type { AccessFlags } from "../flags.ts"
import { say } from "../texts.ts"
import { sourceWord } from "../source-word.ts"
import { linesWithColon } from "./dotenv-colons.ts"
import { unknownVariables } from "./unknown-variables.ts"
import { qywxAm, settingNames, settings } from "./settings.ts"
import type { Found, SettingName, Settings, Source } from "./settings.ts"

export interface SettingsRead {
  readonly settings: Settings
  readonly faults: readonly CommandFault[]
  /** False where a file could not be read: what is missing may be in it. */
  readonly isWhole: boolean
  /** All values that were found under any name, those with the highest priority first. */
  readonly layers: readonly Layer[]
}

/** Names and values from one place. */
export interface Layer {
  readonly source: Exclude<Source, "flag" | "simulator" | "gateway">
  readonly values: Values
  /** The folder to which relative paths among the values refer. */
  readonly folder: string
}

type Values = Readonly<Record<string, string | undefined>>

/**
 * Collects every setting from all places: flags, environment, `.env` in the working directory, `--config FILE`; the
 * first place that has it is used. An empty value counts as not set, as usual in shells.
 */
export async function readSettings(flags: AccessFlags, { io, language, output }: Context): Promise<SettingsRead> {
  const reader = new SettingsReader(io.cwd, language)
  reader.readFlags(flags)
  reader.readLayer({ source: "environment", values: io.env, folder: io.cwd })
  reader.readDotenv()
  if (flags.config !== undefined) {
    const { readYaml } = await import("./read-yaml.ts")
    const { values, faults, isRead } = readYaml(resolve(io.cwd, flags.config), flags.config, language)
    reader.faults.push(...faults)
    reader.isWhole &&= isRead
    // Files are looked for beside the file that names them, wherever the command is started.
    const folder = resolve(io.cwd, flags.config, "..")
    reader.readLayer({ source: "config", values, folder })
    reader.readYamlNames(values, folder)
  }
  for (const warning of reader.warnings) output.warnOnce(warning)
  for (const { source, values } of reader.layers) {
    for (const { name, meant } of unknownVariables(values)) {
      const names = meant.join(", ")
      const hint = names === "" ? say(language, "settingsListed") : say(language, "didYouMean", { names })
      output.warnOnce(say(language, "unknownVariable", { name, where: sourceWord(source, language), hint }))
    }
  }
  const { found: settings, faults, isWhole, layers } = reader
  return { settings, faults, isWhole, layers }
}

class SettingsReader {
  readonly found: Partial<Record<SettingName, Found>> = {}
  readonly faults: CommandFault[] = []
  readonly warnings: string[] = []
  readonly layers: Layer[] = []
  isWhole = true
  readonly #cwd: string
  readonly #language: Language

  constructor(cwd: string, language: Language) {
    this.#cwd = cwd
    this.#language = language
  }

  readFlags(flags: AccessFlags): void {
    this.#take("corpId", flags.corpId, "flag", "--corp-id")
    this.#take("agentId", flags.agentId, "flag", "--agent-id")
    this.#take("baseUrl", flags.baseUrl, "flag", "--base-url")
    this.#takeFile("secret", flags.secretFile, this.#cwd, "flag", "--secret-file")
    this.#take("gatewayUrl", typeof flags.gateway === "string" ? flags.gateway : undefined, "flag", "--gateway")
    this.#take("gatewayKey", flags.key, "flag", "--key")
  }

  readLayer(layer: Layer): void {
    this.layers.push(layer)
    const { values, source, folder } = layer
    for (const setting of settingNames) {
      for (const name of settings[setting].environment) {
        this.#readOne(setting, values, name, `${name}_FILE`, source, folder)
      }
    }
    this.#readQywxAm(values[qywxAm], source)
  }

  readDotenv(): void {
    const read = readText(resolve(this.#cwd, ".env"), ".env", this.#language)
    if ("text" in read) {
      for (const { name, line } of linesWithColon(read.text)) {
        this.warnings.push(say(this.#language, "dotenvColon", { name, line: String(line) }))
      }
      this.readLayer({ source: "dotenv", values: parseEnv(read.text), folder: this.#cwd })
    } else if (read.why !== "missing") {
      this.faults.push({ path: ".env", message: read.fault })
      this.isWhole = false
    }
  }

  readYamlNames(values: Values, folder: string): void {
    for (const setting of settingNames) {
      const name = settings[setting].yaml
      this.#readOne(setting, values, name, `${name}_file`, "config", folder)
    }
  }

  #readOne(setting: SettingName, values: Values, name: string, fileName: string, source: Source, folder: string): void {
    this.#take(setting, values[name], source, name)
    if (!settings[setting].secret) return
    if (isSet(values[name]) && isSet(values[fileName])) {
      this.faults.push({ path: fileName, message: say(this.#language, "bothValueAndFile", { other: name }) })
    }
    this.#takeFile(setting, values[fileName], folder, source, fileName)
  }

  #readQywxAm(value: string | undefined, source: Source): void {
    if (!isSet(value)) return
    const [corpId, secret, , agentId] = value.split(",").map((part) => part.trim())
    if (corpId === undefined || secret === undefined || agentId === undefined) {
      this.faults.push({ path: qywxAm, message: say(this.#language, "badQywxAm") })
    }
    this.#take("corpId", corpId, source, qywxAm)
    this.#take("secret", secret, source, qywxAm)
    this.#take("agentId", agentId, source, qywxAm)
  }

  #take(setting: SettingName, value: string | undefined, source: Source, name: string): void {
    if (!isSet(value) || this.found[setting] !== undefined) return
    this.found[setting] = { value: settings[setting].secret ? withoutLineEnd(value) : value.trim(), source, name }
  }

  #takeFile(setting: SettingName, file: string | undefined, folder: string, source: Source, name: string): void {
    if (!isSet(file) || this.found[setting] !== undefined) return
    const read = readText(resolve(folder, file), file, this.#language)
    const value = "text" in read ? withoutLineEnd(read.text) : ""
    if ("fault" in read) this.faults.push({ path: name, message: read.fault })
    else if (value === "") this.faults.push({ path: name, message: say(this.#language, "secretFileEmpty", { file }) })
    // Also set when it could not be read: the setting is there but wrong, which is not the same as absent.
    this.found[setting] = { value, source, name }
  }
}

/** The line end that editors and `echo` add, or that `$(…)` leaves of a Windows file, is not part of a secret. */
function withoutLineEnd(value: string): string {
  return value.replace(/[\r\n]+$/, "")
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ""
}
