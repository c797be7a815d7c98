import { resolve } from "node:path"
import type { Config, DatabaseConfig } from "@wecom-push/gateway"
import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context } from "../context.ts"
import { gatewayEnvironment, realOnly } from "./environment.ts"
import { say } from "./texts.ts"

export interface LocalConfig {
  /** The environment to start a gateway with. */
  readonly environment: Readonly<Record<string, string>>
  /** Absent when there are faults. */
  readonly config: Config | undefined
  /** A file has its absolute path. */
  readonly database: DatabaseConfig
  /** As the user wrote it. */
  readonly databaseShown: string
  readonly faults: readonly CommandFault[]
}

export interface LocalOptions {
  /** The value of `--database`. */
  readonly database: string | undefined
  /** The database used when none is named. */
  readonly usualDatabase: string
  readonly isTrial: boolean
  readonly usualLogLevel?: string | undefined
}

/** Settings for a database that several gateways share; they do not apply when a flag names a file. */
const OF_SHARED = [
  "WECOM_PUSH_FILES_URL",
  "WECOM_PUSH_FILES_ENDPOINT",
  "WECOM_PUSH_FILES_REGION",
  "WECOM_PUSH_FILES_PATH_STYLE",
  "WECOM_PUSH_FILES_IN_DATABASE_BYTES",
]

/** Settings of another database, which a database named by a flag replaces. */
const OF_ANOTHER = [
  "WECOM_PUSH_DATABASE_URL_FILE",
  "WECOM_PUSH_DATABASE_DIRECT_URL",
  "WECOM_PUSH_DATABASE_DIRECT_URL_FILE",
]

/** The configuration of a gateway on this machine, with every fault of it. */
export async function readLocalConfig(
  read: SettingsRead,
  { database, usualDatabase, isTrial, usualLogLevel }: LocalOptions,
  { io, language }: Context,
): Promise<LocalConfig> {
  const { ConfigError, readConfig, shownUrl } = await import("@wecom-push/gateway")
  const environment = gatewayEnvironment(read)
  if (isTrial) for (const name of realOnly) delete environment[name]
  const given = database ?? environment["WECOM_PUSH_DATABASE_URL"]
  // A value of the environment or its files does not count beside the flag, since `_FILE` beside a flag would be two
  // values.
  if (database !== undefined) for (const name of OF_ANOTHER) delete environment[name]
  if (database?.startsWith("sqlite:") === true) for (const name of OF_SHARED) delete environment[name]
  const isNamed = given !== undefined || environment["WECOM_PUSH_DATABASE_URL_FILE"] !== undefined
  if (!isNamed || given !== undefined) environment["WECOM_PUSH_DATABASE_URL"] = given ?? usualDatabase
  if (usualLogLevel !== undefined) environment["LOG_LEVEL"] ??= usualLogLevel
  try {
    const config = readConfig(environment)
    const { database: named } = config
    const isFile = named.kind === "sqlite"
    return {
      environment,
      config,
      database: isFile ? { kind: "sqlite", file: resolve(io.cwd, named.file) } : named,
      databaseShown: isFile ? named.file : shownUrl(named.url),
      faults: read.faults,
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // This command has already reported what it could not read, in its own words for files.
    const told = new Set(read.faults.map(({ path }) => path))
    const others = error.faults.filter(({ name }) => !told.has(name))
    const faults = others.map(({ name, problem }): CommandFault => {
      const isFlag = name === "WECOM_PUSH_DATABASE_URL" && database !== undefined
      if (isFlag) return { path: "--database", message: say(language, "badDatabase") }
      return { path: name, message: problem[language], rule: "environment" }
    })
    return {
      environment,
      config: undefined,
      database: { kind: "sqlite", file: "" },
      databaseShown: "",
      faults: [...read.faults, ...faults],
    }
  }
}
