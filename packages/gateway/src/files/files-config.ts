import type { Bilingual } from "@wecom-push/protocol"

/** Where files are stored that are too large for the database: a bucket of an S3-compatible store. */
export interface FilesConfig {
  readonly bucket: string
  /** The beginning of every key: empty, or ends in a slash. */
  readonly prefix: string
  /** Undefined: AWS's own. */
  readonly endpoint: string | undefined
  readonly region: string
  /** The bucket is part of an address's path, and not of its host name. */
  readonly pathStyle: boolean
  /** Undefined: found as AWS's own tools find them. */
  readonly credentials: FilesCredentials | undefined
  /** Files up to so many bytes stay in the database. */
  readonly inDatabaseBytes: number
}

interface FilesCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Reads settings for `config.ts`. */
export interface SettingsReader {
  text(name: string): string | undefined
  secret(name: string): string | undefined
  integer(name: string, min: number, max: number): number | undefined
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined
  baseUrl(name: string): string | undefined
  fault(name: string, problem: Bilingual): void
}

/** Every setting that only a bucket has. */
const FILES_SETTINGS = [
  "WECOM_PUSH_FILES_URL",
  "WECOM_PUSH_FILES_ENDPOINT",
  "WECOM_PUSH_FILES_REGION",
  "WECOM_PUSH_FILES_PATH_STYLE",
  "WECOM_PUSH_FILES_IN_DATABASE_BYTES",
] as const

/** @returns undefined where no bucket is named */
export function filesConfig(read: SettingsReader): FilesConfig | undefined {
  const url = read.text(URL_SETTING)
  if (url === undefined) {
    for (const name of FILES_SETTINGS) if (read.text(name) !== undefined) read.fault(name, withoutBucket(name))
    return undefined
  }
  const place = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#\s]*))?$/.exec(url)
  if (place === null) {
    read.fault(URL_SETTING, {
      en: `${URL_SETTING} is not of the form s3://BUCKET/PREFIX, as in s3://wecom-push/files; correct it.`,
      zh: `${URL_SETTING} 的格式应为 s3://桶/前缀，例如 s3://wecom-push/files，请更正。`,
    })
  }
  const [, bucket = "", path = ""] = place ?? []
  const folder = path
    .split("/")
    .filter((part) => part !== "")
    .join("/")
  const endpoint = read.baseUrl("WECOM_PUSH_FILES_ENDPOINT")
  const pathStyle = read.oneOf("WECOM_PUSH_FILES_PATH_STYLE", ["true", "false"])
  return {
    bucket,
    prefix: folder === "" ? "" : `${folder}/`,
    endpoint,
    region: read.text("WECOM_PUSH_FILES_REGION") ?? read.text("AWS_REGION") ?? DEFAULT_REGION,
    pathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === "true",
    credentials: credentials(read),
    inDatabaseBytes:
      read.integer("WECOM_PUSH_FILES_IN_DATABASE_BYTES", 0, MOST_IN_DATABASE) ?? DEFAULT_IN_DATABASE_BYTES,
  }
}

/** Both or none. */
function credentials(read: SettingsReader): FilesCredentials | undefined {
  const accessKeyId = read.secret("AWS_ACCESS_KEY_ID")
  const secretAccessKey = read.secret("AWS_SECRET_ACCESS_KEY")
  const sessionToken = read.secret("AWS_SESSION_TOKEN")
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  }
  if (accessKeyId !== undefined && read.text("AWS_SECRET_ACCESS_KEY_FILE") === undefined) {
    read.fault("AWS_SECRET_ACCESS_KEY", withoutOther("AWS_SECRET_ACCESS_KEY"))
  }
  if (secretAccessKey !== undefined) read.fault("AWS_ACCESS_KEY_ID", withoutOther("AWS_ACCESS_KEY_ID"))
  return undefined
}

function withoutOther(name: string): Bilingual {
  return {
    en: `${name} is missing; the bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    zh: `缺少 ${name}：访问存储桶需要 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY。`,
  }
}

function withoutBucket(name: string): Bilingual {
  return {
    en: `${name} is set, and ${URL_SETTING}, which names the bucket, is not; set both or none.`,
    zh: `设置了 ${name}，但没有用 ${URL_SETTING} 指明存储桶；请同时设置或同时去掉。`,
  }
}

/** The refusal of a bucket beside SQLite, where files lie in a folder. */
export function bucketWithoutSharedDatabase(): Bilingual {
  return {
    en: `${URL_SETTING} names a bucket, which only a gateway on PostgreSQL uses; beside SQLite files lie in a folder. Remove it, or name a PostgreSQL database.`,
    zh: `${URL_SETTING} 指定了存储桶，但只有使用 PostgreSQL 的网关才会用到；使用 SQLite 时文件保存在数据库旁的目录中。请去掉该设置，或改用 PostgreSQL 数据库。`,
  }
}

const URL_SETTING = "WECOM_PUSH_FILES_URL"
/** Most stores other than AWS accept any region. */
const DEFAULT_REGION = "us-east-1"
const DEFAULT_IN_DATABASE_BYTES = 1024 * 1024
/** More than any file that WeCom takes. */
const MOST_IN_DATABASE = 1024 * 1024 * 1024
