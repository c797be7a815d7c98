import { readFileSync, statSync } from "node:fs"
import type { Bilingual } from "@wecom-push/protocol"
import { isEncodingAesKey } from "@wecom-push/protocol/callback"
import { botAddress, DEFAULT_BASE_URL, DEFAULT_BOT_URL, readRobotKey } from "@wecom-push/sdk/internals"
import { bucketWithoutSharedDatabase, filesConfig } from "../files/files-config.ts"
import { decodeMasterKey, MASTER_KEY_BYTES } from "../store/master-key.ts"
import type { DatabaseConfig } from "../store/database-config.ts"
import type { FilesConfig, SettingsReader } from "../files/files-config.ts"
import type { BotSecrets } from "../model/bot.ts"
import { LOG_LEVELS } from "./log.ts"
import type { LogLevel } from "./log.ts"
import { addressProblem } from "../store/postgres/database-address.ts"

export interface Config {
  readonly host: string
  readonly port: number
  readonly database: DatabaseConfig
  /**
   * For PostgreSQL: how many connections a gateway may use for its work, and how long it waits for the server when it
   * starts.
   */
  readonly databaseConnections: number
  readonly databaseWaitSeconds: number
  /** Beside PostgreSQL: where large files are. Undefined: in the database. */
  readonly files: FilesConfig | undefined
  /** Undefined: made at the first start. */
  readonly adminKey: string | undefined
  /** 32 bytes. Undefined: in a file beside the database, which has to be SQLite's. */
  readonly masterKey: Uint8Array | undefined
  readonly previousMasterKey: Uint8Array | undefined
  readonly baseUrl: string
  /** Where smart robots connect. */
  readonly botUrl: string
  readonly proxy: { readonly httpsProxy: string | undefined; readonly noProxy: string | undefined }
  /** The app called `default`. */
  readonly defaultApp: DefaultApp | undefined
  /** Key of the group robot called `robot`. */
  readonly robotKey: string | undefined
  /** The smart robot called `bot`. */
  readonly bot: BotSecrets | undefined
  readonly logLevel: LogLevel
  readonly backlogLimit: number
  /** The percentage of the backlog limit that one key or one app may use while more than half of the backlog is used. */
  readonly backlogSharePercent: number
  /** The limit for each key; 0 for no limit. */
  readonly keyRequestsPerSecond: number
  /** Connections open at the same time; health checks find room beyond them. */
  readonly maxConnections: number
  /**
   * Event streams open at the same time; and the percentage that one key or one app may have while more than half are open.
   */
  readonly maxStreams: number
  readonly streamsSharePercent: number
  /** Names, beside those of this machine, by which clients may call `/mcp`. */
  readonly mcpHosts: readonly string[]
  /** The size of all stored files; and the percentage that one key or one app may use while more than half is used. */
  readonly filesLimitMib: number
  readonly filesSharePercent: number
  /** The same percentage for a corp's `lookup_miss_budget` of a day. */
  readonly lookupMissesSharePercent: number
  readonly retentionDays: number
  /** The audit trail: how old an entry may get, and how many there may be. */
  readonly auditDays: number
  readonly auditLimit: number
  /** Settings that work, but should be changed. */
  readonly warnings: readonly ConfigFault[]
}

/** Where all data is kept: in a file that one gateway uses alone, or in a database that several share. */
type PostgresConfig = Extract<DatabaseConfig, { kind: "postgres" }>

export interface DefaultApp {
  readonly corpId: string
  readonly agentId: number
  readonly secret: string
  readonly callbackToken: string | undefined
  readonly encodingAesKey: string | undefined
}

export interface ConfigFault {
  /** Name of the variable. */
  readonly name: string
  readonly problem: Bilingual
}

/** The environment cannot be used; every fault is named. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ problem }) => problem.en).join("\n"))
    this.faults = faults
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the environment once. An empty variable counts as unset; a secret may be in a file named by `NAME_FILE`.
 * @throws {ConfigError} with all faults together
 */
export function readConfig(environment: Environment): Config {
  const read = new Reader(environment)
  const maxConnections = read.integer("WECOM_PUSH_MAX_CONNECTIONS", 1, 100_000) ?? DEFAULT_MAX_CONNECTIONS
  const config: Config = {
    host: read.text("HOST") ?? "127.0.0.1",
    port: read.integer("PORT", 0, 65_535) ?? DEFAULT_PORT,
    ...read.databaseKeyAndFiles(),
    databaseConnections: read.integer("WECOM_PUSH_DATABASE_CONNECTIONS", 2, 500) ?? DEFAULT_DATABASE_CONNECTIONS,
    databaseWaitSeconds: read.integer("WECOM_PUSH_DATABASE_WAIT_SECONDS", 0, 86_400) ?? DEFAULT_DATABASE_WAIT_SECONDS,
    adminKey: read.adminKey("WECOM_PUSH_ADMIN_KEY"),
    previousMasterKey: read.masterKey("WECOM_PUSH_PREVIOUS_MASTER_KEY"),
    baseUrl: read.baseUrl("WECOM_API_BASE_URL") ?? DEFAULT_BASE_URL,
    botUrl: read.botUrl("WECOM_BOT_URL") ?? DEFAULT_BOT_URL,
    proxy: {
      httpsProxy: read.text("HTTPS_PROXY") ?? read.text("https_proxy"),
      noProxy: read.text("NO_PROXY") ?? read.text("no_proxy"),
    },
    defaultApp: read.defaultApp(),
    robotKey: read.robotKey(),
    bot: read.bot(),
    logLevel: read.oneOf("LOG_LEVEL", LOG_LEVELS) ?? "info",
    backlogLimit: read.integer("WECOM_PUSH_BACKLOG_LIMIT", 1, 1_000_000_000) ?? DEFAULT_BACKLOG_LIMIT,
    backlogSharePercent: read.integer("WECOM_PUSH_BACKLOG_SHARE_PERCENT", 1, 100) ?? DEFAULT_SHARE_PERCENT,
    keyRequestsPerSecond: read.integer("WECOM_PUSH_KEY_REQUESTS_PER_SECOND", 0, 1_000_000) ?? 0,
    maxConnections,
    maxStreams: read.integer("WECOM_PUSH_MAX_STREAMS", 1, 100_000) ?? Math.max(1, Math.floor(maxConnections / 2)),
    lookupMissesSharePercent: read.integer("WECOM_PUSH_LOOKUP_MISSES_SHARE_PERCENT", 1, 100) ?? DEFAULT_SHARE_PERCENT,
    streamsSharePercent: read.integer("WECOM_PUSH_STREAMS_SHARE_PERCENT", 1, 100) ?? DEFAULT_SHARE_PERCENT,
    mcpHosts: read.hostNames("WECOM_PUSH_MCP_HOSTS"),
    filesLimitMib: read.integer("WECOM_PUSH_FILES_LIMIT_MIB", 1, 1_000_000_000) ?? DEFAULT_FILES_LIMIT_MIB,
    filesSharePercent: read.integer("WECOM_PUSH_FILES_SHARE_PERCENT", 1, 100) ?? DEFAULT_SHARE_PERCENT,
    retentionDays: read.integer("WECOM_PUSH_RETENTION_DAYS", 1, 3650) ?? DEFAULT_RETENTION_DAYS,
    auditDays: read.integer("WECOM_PUSH_AUDIT_DAYS", 1, 36_500) ?? DEFAULT_AUDIT_DAYS,
    auditLimit: read.integer("WECOM_PUSH_AUDIT_LIMIT", 1000, 100_000_000) ?? DEFAULT_AUDIT_LIMIT,
    warnings: read.warnings,
  }
  if (read.faults.length > 0) throw new ConfigError(read.faults)
  return config
}

/**
 * Reads only where the database is; undefined where no variable says it.
 * @throws {ConfigError}
 */
export function readDatabase(environment: Environment): DatabaseConfig | undefined {
  const read = new Reader(environment)
  const database = read.database(DATABASE)
  if (read.faults.length > 0) throw new ConfigError(read.faults)
  return database
}

/**
 * Reads only where large files are; undefined where no variable says it.
 * @throws {ConfigError}
 */
export function readFiles(environment: Environment): FilesConfig | undefined {
  const read = new Reader(environment)
  const files = filesConfig(read)
  if (read.faults.length > 0) throw new ConfigError(read.faults)
  return files
}

const DEFAULT_PORT = 7788
const DATABASE = "WECOM_PUSH_DATABASE_URL"
const DIRECT = "WECOM_PUSH_DATABASE_DIRECT_URL"
const MASTER_KEY = "WECOM_PUSH_MASTER_KEY"
const DEFAULT_DATABASE_FILE = "./wecom-push.db"
const DEFAULT_DATABASE_CONNECTIONS = 10
const DEFAULT_DATABASE_WAIT_SECONDS = 60
const DEFAULT_BACKLOG_LIMIT = 1_000_000
const DEFAULT_SHARE_PERCENT = 20
const DEFAULT_FILES_LIMIT_MIB = 10 * 1024
const DEFAULT_RETENTION_DAYS = 30
/**
 * Measured with a thousand connections to the compiled gateway, by how much its memory grew: 10 kB for each idle connection,
 * 70 kB for each one whose client had sent two thousand requests and read nothing. A thousand connections need less than 100
 * MB.
 */
const DEFAULT_MAX_CONNECTIONS = 1000
const DEFAULT_AUDIT_DAYS = 365
const DEFAULT_AUDIT_LIMIT = 200_000
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/
const MIN_ADMIN_KEY_LENGTH = 32
/** Slim machines and images have no openssl, so the command does without it. */
const MAKE_KEY = "head -c 32 /dev/urandom | base64"
const MAX_SECRET_FILE_BYTES = 64 * 1024

class Reader implements SettingsReader {
  readonly faults: ConfigFault[] = []
  readonly warnings: ConfigFault[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim()
    return value === "" ? undefined : value
  }

  /** The variable itself, or the content of the file that `NAME_FILE` names. */
  secret(name: string): string | undefined {
    const file = this.text(`${name}_FILE`)
    const value = this.text(name)
    if (file === undefined) return value
    if (value !== undefined) {
      this.fault(name, {
        en: `${name} and ${name}_FILE are both set; keep one.`,
        zh: `${name} 与 ${name}_FILE 同时设置，请只保留一个。`,
      })
      return undefined
    }
    return this.#fileOf(`${name}_FILE`, file)
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= min && number <= max) return number
    this.fault(name, {
      en: `${name} is no whole number from ${min} to ${max}; correct it.`,
      zh: `${name} 应为 ${min} 到 ${max} 之间的整数，请更正。`,
    })
    return undefined
  }

  /** Separated by commas; in lower case. */
  hostNames(name: string): readonly string[] {
    const names = (this.text(name)?.split(",") ?? []).map((one) => one.trim().toLowerCase()).filter((one) => one !== "")
    const wrong = names.find((one) => !HOST_NAME.test(one))
    if (wrong !== undefined) {
      this.fault(name, {
        en: `${name} holds “${wrong.slice(0, 100)}”, which is no host name; write names without scheme and port, separated by commas.`,
        zh: `${name} 中的“${wrong.slice(0, 100)}”不是主机名；请填写不带协议和端口的名称，以逗号分隔。`,
      })
    }
    return names
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = allowed.find((one) => one === value.toLowerCase())
    if (found === undefined) {
      this.fault(name, {
        en: `${name} is none of ${allowed.join(", ")}; correct it.`,
        zh: `${name} 应为 ${allowed.join("、")} 之一，请更正。`,
      })
    }
    return found
  }

  /**
   * A database file may have its key and other files beside it; a database that several gateways share has no such place.
   */
  databaseKeyAndFiles(): Pick<Config, "database" | "masterKey" | "files"> {
    const database = this.database(DATABASE) ?? { kind: "sqlite", file: DEFAULT_DATABASE_FILE }
    const masterKey = this.masterKey(MASTER_KEY)
    if (database.kind === "postgres" && masterKey === undefined && !this.#isFaulty(MASTER_KEY)) {
      this.fault(MASTER_KEY, {
        en: `${MASTER_KEY} is missing; gateways that share a PostgreSQL database need one and the same. \`${MAKE_KEY}\` makes one.`,
        zh: `缺少 ${MASTER_KEY}：共用 PostgreSQL 数据库的各个网关需要同一个主密钥，可用 ${MAKE_KEY} 生成。`,
      })
    }
    const files = filesConfig(this)
    if (files !== undefined && database.kind === "sqlite" && !this.#isFaulty(DATABASE)) {
      this.fault("WECOM_PUSH_FILES_URL", bucketWithoutSharedDatabase())
    }
    return { database, masterKey, files }
  }

  database(name: string): DatabaseConfig | undefined {
    const written = this.secret(name)
    if (written === undefined) return undefined
    if (/^postgres(?:ql)?:/i.test(written)) return this.#withDirect(this.#postgres(name, written))
    const file = /^sqlite:(?:\/\/)?(.+)$/i.exec(written)?.[1]
    if (file === undefined || file.includes("\0") || file === ":memory:") {
      this.fault(name, {
        en: `${name} is neither of the form sqlite:PATH, as in sqlite:./wecom-push.db, nor postgres://USER:PASSWORD@HOST/DATABASE; correct it.`,
        zh: `${name} 的格式应为 sqlite:路径（例如 sqlite:./wecom-push.db）或 postgres://用户:密码@主机/数据库，请更正。`,
      })
      return undefined
    }
    return { kind: "sqlite", file }
  }

  #withDirect(database: PostgresConfig | undefined): DatabaseConfig | undefined {
    const written = this.secret(DIRECT)
    const direct = written === undefined ? undefined : this.#postgres(DIRECT, written)
    return database && { ...database, ...(direct !== undefined && { directUrl: direct.url }) }
  }

  #postgres(name: string, url: string): PostgresConfig | undefined {
    if (/^postgres(?:ql)?:\/\/[^/?#\s]*\/[^/?#\s]+(?:\?[^#\s]*)?$/i.test(url)) {
      const problem = addressProblem(url)
      if (problem === undefined) return { kind: "postgres", url }
      this.fault(name, { en: `${name}: ${problem.en}`, zh: `${name}：${problem.zh}` })
      return undefined
    }
    this.fault(name, {
      en: `${name} names no database of PostgreSQL; write postgres://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in the password and %2F for a /.`,
      zh: `${name} 未指明 PostgreSQL 数据库，请填写 postgres://用户:密码@主机/数据库；密码中的 @ 写作 %40，/ 写作 %2F。`,
    })
    return undefined
  }

  adminKey(name: string): string | undefined {
    const key = this.secret(name)
    if (key === undefined) return undefined
    if (key.length >= MIN_ADMIN_KEY_LENGTH && /^[\x21-\x7e]+$/.test(key)) return key
    this.fault(name, {
      en: `${name} needs ${MIN_ADMIN_KEY_LENGTH} or more visible ASCII characters; \`${MAKE_KEY}\` makes some.`,
      zh: `${name} 至少需要 ${MIN_ADMIN_KEY_LENGTH} 个可见 ASCII 字符，可用 ${MAKE_KEY} 生成。`,
    })
    return undefined
  }

  masterKey(name: string): Uint8Array | undefined {
    const written = this.secret(name)
    if (written === undefined) return undefined
    const key = decodeMasterKey(written)
    if (key === undefined) {
      this.fault(name, {
        en: `${name} is not ${MASTER_KEY_BYTES} bytes in hex or base64; \`${MAKE_KEY}\` makes some.`,
        zh: `${name} 应为 ${MASTER_KEY_BYTES} 字节的十六进制或 base64，可用 ${MAKE_KEY} 生成。`,
      })
    }
    return key
  }

  baseUrl(name: string): string | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const url = URL.parse(value)
    const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === ""
    if (isUsable) return value
    this.fault(name, {
      en: `${name} is no address of the form https://HOST; correct it.`,
      zh: `${name} 的格式应为 https://主机名，请更正。`,
    })
    return undefined
  }

  botUrl(name: string): string | undefined {
    const value = this.text(name)
    if (value === undefined || botAddress(value) !== undefined) return value
    this.fault(name, {
      en: `${name} is no address of the form wss://HOST; correct it.`,
      zh: `${name} 的格式应为 wss://主机名，请更正。`,
    })
    return undefined
  }

  /** The three variables must all be set, or none of them. */
  defaultApp(): DefaultApp | undefined {
    const corpId = this.text("WECOM_CORP_ID")
    const secret = this.secret("WECOM_APP_SECRET")
    const agentId = this.integer("WECOM_AGENT_ID", 1, Number.MAX_SAFE_INTEGER)
    const { callbackToken, encodingAesKey } = this.#callbackKeys()
    const given = { WECOM_CORP_ID: corpId, WECOM_APP_SECRET: secret, WECOM_AGENT_ID: this.text("WECOM_AGENT_ID") }
    const missing = Object.entries(given).filter(([name, value]) => value === undefined && !this.#isFaulty(name))
    if (missing.length > 0 && missing.length < 3) {
      const names = missing.map(([name]) => name)
      for (const name of names) {
        this.fault(name, {
          en: `${name} is missing; the app called default needs corp id, agent id and secret.`,
          zh: `缺少 ${name}：名为 default 的应用需要企业 ID、AgentId 和 Secret。`,
        })
      }
    }
    if (missing.length === 3 && callbackToken !== undefined) {
      this.warnings.push({
        name: "WECOM_CALLBACK_TOKEN",
        problem: {
          en: "WECOM_CALLBACK_TOKEN is set, and WECOM_CORP_ID, WECOM_AGENT_ID and WECOM_APP_SECRET are not: there is no app called default that could answer WeCom at /callback/default. Set all three, as `wecom-push init` does.",
          zh: "已设置 WECOM_CALLBACK_TOKEN，但没有 WECOM_CORP_ID、WECOM_AGENT_ID 和 WECOM_APP_SECRET：没有名为 default 的应用，/callback/default 无法应答企业微信。请设置这三个值，例如运行 wecom-push init。",
        },
      })
    }
    if (corpId === undefined || secret === undefined || agentId === undefined) return undefined
    return { corpId, agentId, secret, callbackToken, encodingAesKey }
  }

  /** Reads the key, given alone or in the whole address of the robot. No fault repeats the value: it may be a key. */
  robotKey(): string | undefined {
    const given = this.secret("WECOM_ROBOT_KEY")
    if (given === undefined) return undefined
    const read = readRobotKey(given, "WECOM_ROBOT_KEY", this.text("WECOM_API_BASE_URL"))
    if ("key" in read) return read.key
    this.fault("WECOM_ROBOT_KEY", {
      en: "WECOM_ROBOT_KEY is neither a group robot's key nor its address at WeCom (https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…); copy it from the robot in the group.",
      zh: "WECOM_ROBOT_KEY 不是群机器人的 key，也不是企业微信的 Webhook 地址（https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…），请在群内机器人详情中复制。",
    })
    return undefined
  }

  /** Both or none. */
  bot(): BotSecrets | undefined {
    const botId = this.secret("WECOM_BOT_ID")
    const secret = this.secret("WECOM_BOT_SECRET")
    if (botId !== undefined && secret !== undefined) return { botId, secret }
    if (botId === undefined && secret === undefined) return undefined
    const missing = botId === undefined ? "WECOM_BOT_ID" : "WECOM_BOT_SECRET"
    if (!this.#isFaulty(missing)) {
      this.fault(missing, {
        en: `${missing} is missing; the smart robot called bot needs bot id and secret.`,
        zh: `缺少 ${missing}：名为 bot 的智能机器人需要 Bot ID 和 Secret。`,
      })
    }
    return undefined
  }

  /** Both or none: with one of them WeCom's callbacks can be neither checked nor read. */
  #callbackKeys(): Pick<DefaultApp, "callbackToken" | "encodingAesKey"> {
    const callbackToken = this.secret("WECOM_CALLBACK_TOKEN")
    const encodingAesKey = this.secret("WECOM_ENCODING_AES_KEY")
    if (callbackToken !== undefined && !/^[A-Za-z0-9]{1,32}$/.test(callbackToken)) {
      this.fault("WECOM_CALLBACK_TOKEN", {
        en: "WECOM_CALLBACK_TOKEN is not 1 to 32 letters and digits; copy the Token from the app's settings (接收消息).",
        zh: "WECOM_CALLBACK_TOKEN 应为 1–32 位字母或数字，请从应用“接收消息”设置中复制 Token。",
      })
    }
    if (encodingAesKey !== undefined && !isEncodingAesKey(encodingAesKey)) {
      const length = encodingAesKey.length
      this.fault("WECOM_ENCODING_AES_KEY", {
        en: `WECOM_ENCODING_AES_KEY is not 43 letters and digits (it has ${length} characters); copy the EncodingAESKey from the app's settings (接收消息).`,
        zh: `WECOM_ENCODING_AES_KEY 应为 43 位字母或数字（当前 ${length} 个字符），请从应用“接收消息”设置中复制 EncodingAESKey。`,
      })
    }
    if ((callbackToken === undefined) === (encodingAesKey === undefined)) return { callbackToken, encodingAesKey }
    const missing = callbackToken === undefined ? "WECOM_CALLBACK_TOKEN" : "WECOM_ENCODING_AES_KEY"
    if (!this.#isFaulty(missing)) {
      this.fault(missing, {
        en: `${missing} is missing; callbacks need the Token and the EncodingAESKey.`,
        zh: `缺少 ${missing}：接收回调需要 Token 和 EncodingAESKey。`,
      })
    }
    return { callbackToken, encodingAesKey }
  }

  #fileOf(name: string, file: string): string | undefined {
    try {
      const { size, mode } = statSync(file)
      if (size > MAX_SECRET_FILE_BYTES) throw new Error("too large")
      if ((mode & READABLE_BY_OTHERS) !== 0) this.warnings.push(readableByOthers(name))
      const value = readFileSync(file, "utf8").trim()
      if (value !== "") return value
      this.fault(name, { en: `The file that ${name} names is empty.`, zh: `${name} 指向的文件为空。` })
    } catch {
      this.fault(name, {
        en: `The file that ${name} names cannot be read; correct the path or its rights.`,
        zh: `无法读取 ${name} 指向的文件，请检查路径和权限。`,
      })
    }
    return undefined
  }

  #isFaulty(name: string): boolean {
    return this.faults.some((fault) => fault.name === name || fault.name === `${name}_FILE`)
  }

  fault(name: string, problem: Bilingual): void {
    this.faults.push({ name, problem })
  }
}

/** Windows has no such bits and reports them set. */
const READABLE_BY_OTHERS = process.platform === "win32" ? 0 : 0o077

function readableByOthers(name: string): ConfigFault {
  const problem = {
    en: `The file that ${name} names can be read by other users of this machine; chmod 600 it.`,
    zh: `${name} 指向的文件可被本机其他用户读取，请执行 chmod 600。`,
  }
  return { name, problem }
}
