/**
 * All settings. Each has one documented name in the environment (the first) and one in YAML; the other names are those
 * of similar tools, so that a machine set up for them works unchanged.
 */
export const settings = {
  corpId: {
    yaml: "corp_id",
    environment: ["WECOM_CORP_ID", "WECOM_CORPID", "WECOM_CID", "WECHAT_APP_CORPID"],
    secret: false,
  },
  secret: {
    yaml: "app_secret",
    environment: ["WECOM_APP_SECRET", "WECOM_SECRET", "WECOM_CORP_SECRET", "WECOM_AGENT_SECRET", "WECHAT_APP_SECRET"],
    secret: true,
  },
  agentId: {
    yaml: "agent_id",
    environment: ["WECOM_AGENT_ID", "WECOM_AGENTID", "WECOM_AID", "WECHAT_APP_AGENTID"],
    secret: false,
  },
  baseUrl: {
    yaml: "api_base_url",
    environment: ["WECOM_API_BASE_URL", "WECOM_API_BASE", "QYWX_ORIGIN"],
    secret: false,
  },
  robotKey: { yaml: "robot_key", environment: ["WECOM_ROBOT_KEY"], secret: true },
  httpsProxy: {
    yaml: "https_proxy",
    environment: ["HTTPS_PROXY", "https_proxy", "WECOM_API_PROXY_URL", "WECOM_EGRESS_PROXY_URL"],
    secret: false,
  },
  noProxy: { yaml: "no_proxy", environment: ["NO_PROXY", "no_proxy"], secret: false },
  gatewayUrl: { yaml: "push_url", environment: ["WECOM_PUSH_URL"], secret: false },
  // On the gateway's own machine its admin key is already set.
  gatewayKey: { yaml: "push_key", environment: ["WECOM_PUSH_KEY", "WECOM_PUSH_ADMIN_KEY"], secret: true },
} as const satisfies Record<string, Setting>

export interface Setting {
  readonly yaml: string
  readonly environment: readonly string[]
  /** Never shown, and also read from the file that `NAME_FILE` names. */
  readonly secret: boolean
}

export type SettingName = keyof typeof settings

export const settingNames = [
  "corpId",
  "secret",
  "agentId",
  "baseUrl",
  "robotKey",
  "httpsProxy",
  "noProxy",
  "gatewayUrl",
  "gatewayKey",
] as const satisfies readonly SettingName[]

/** Settings that choose the WeCom. */
export const identitySettings = ["corpId", "secret", "agentId", "baseUrl"] as const satisfies readonly SettingName[]

/** Qinglong's way to name an app in one variable: `corpid,corpsecret,touser,agentid`. The command does not use its touser. */
export const qywxAm = "QYWX_AM"

/** Settings of a gateway that runs here, by their names in YAML: `serve` passes them on unchanged. */
export const gatewaySettings = {
  bot_id: "WECOM_BOT_ID",
  bot_secret: "WECOM_BOT_SECRET",
  bot_url: "WECOM_BOT_URL",
  callback_token: "WECOM_CALLBACK_TOKEN",
  encoding_aes_key: "WECOM_ENCODING_AES_KEY",
  database_url: "WECOM_PUSH_DATABASE_URL",
  database_direct_url: "WECOM_PUSH_DATABASE_DIRECT_URL",
  database_connections: "WECOM_PUSH_DATABASE_CONNECTIONS",
  database_wait_seconds: "WECOM_PUSH_DATABASE_WAIT_SECONDS",
  files_url: "WECOM_PUSH_FILES_URL",
  files_endpoint: "WECOM_PUSH_FILES_ENDPOINT",
  files_region: "WECOM_PUSH_FILES_REGION",
  files_path_style: "WECOM_PUSH_FILES_PATH_STYLE",
  files_in_database_bytes: "WECOM_PUSH_FILES_IN_DATABASE_BYTES",
  aws_access_key_id: "AWS_ACCESS_KEY_ID",
  aws_secret_access_key: "AWS_SECRET_ACCESS_KEY",
  aws_session_token: "AWS_SESSION_TOKEN",
  aws_region: "AWS_REGION",
  admin_key: "WECOM_PUSH_ADMIN_KEY",
  master_key: "WECOM_PUSH_MASTER_KEY",
  previous_master_key: "WECOM_PUSH_PREVIOUS_MASTER_KEY",
  backlog_limit: "WECOM_PUSH_BACKLOG_LIMIT",
  backlog_share_percent: "WECOM_PUSH_BACKLOG_SHARE_PERCENT",
  key_requests_per_second: "WECOM_PUSH_KEY_REQUESTS_PER_SECOND",
  max_connections: "WECOM_PUSH_MAX_CONNECTIONS",
  max_streams: "WECOM_PUSH_MAX_STREAMS",
  streams_share_percent: "WECOM_PUSH_STREAMS_SHARE_PERCENT",
  mcp_hosts: "WECOM_PUSH_MCP_HOSTS",
  files_limit_mib: "WECOM_PUSH_FILES_LIMIT_MIB",
  files_share_percent: "WECOM_PUSH_FILES_SHARE_PERCENT",
  lookup_misses_share_percent: "WECOM_PUSH_LOOKUP_MISSES_SHARE_PERCENT",
  retention_days: "WECOM_PUSH_RETENTION_DAYS",
  audit_days: "WECOM_PUSH_AUDIT_DAYS",
  audit_limit: "WECOM_PUSH_AUDIT_LIMIT",
  log_level: "LOG_LEVEL",
} as const satisfies Readonly<Record<string, string>>

export type Source = "flag" | "environment" | "dotenv" | "config" | "simulator" | "gateway"

/** A value and where it was read: `doctor` tells both. */
export interface Found {
  readonly value: string
  readonly source: Source
  /** The name in that place, such as `WECOM_CORPID` or `--corp-id`. */
  readonly name: string
}

export type Settings = Readonly<Partial<Record<SettingName, Found>>>
