import assert from "node:assert/strict"
import { chmodSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { ConfigError, readConfig } from "./config.ts"
import { TemporaryFolder } from "../store/testing/open-store.ts"

function faultsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.faults.map(({ name }) => name)
  }
}

test("nothing needs to be set", () => {
  const config = readConfig({})
  assert.deepEqual(
    [config.host, config.port, config.database, config.baseUrl, config.logLevel, config.retentionDays],
    ["127.0.0.1", 7788, { kind: "sqlite", file: "./wecom-push.db" }, "https://qyapi.weixin.qq.com", "info", 30],
  )
  assert.equal(config.defaultApp, undefined)
})

test("an empty variable counts as unset, also one of blanks", () => {
  const names = [
    "HOST",
    "PORT",
    "WECOM_PUSH_DATABASE_URL",
    "WECOM_PUSH_ADMIN_KEY",
    "WECOM_PUSH_MASTER_KEY",
    "LOG_LEVEL",
  ]
  const apps = ["WECOM_CORP_ID", "WECOM_APP_SECRET", "WECOM_AGENT_ID", "WECOM_API_BASE_URL", "WECOM_APP_SECRET_FILE"]
  const empty = Object.fromEntries([...names, ...apps].map((name, index) => [name, index % 2 === 0 ? "" : "  "]))
  assert.deepEqual(readConfig(empty), readConfig({}))
})

test("token and key of callbacks come together, in WeCom's form, and are never shown", () => {
  const key = "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA"
  const app = { WECOM_CORP_ID: "ww1", WECOM_APP_SECRET: "s", WECOM_AGENT_ID: "1" }
  const both = readConfig({ ...app, WECOM_CALLBACK_TOKEN: "simtoken", WECOM_ENCODING_AES_KEY: key }).defaultApp
  assert.deepEqual([both?.callbackToken, both?.encodingAesKey], ["simtoken", key])
  assert.deepEqual(faultsOf({ ...app, WECOM_CALLBACK_TOKEN: "simtoken" }), ["WECOM_ENCODING_AES_KEY"])
  // Without an app nothing can use them.
  const without = readConfig({ WECOM_CALLBACK_TOKEN: "simtoken", WECOM_ENCODING_AES_KEY: key })
  assert.deepEqual(
    without.warnings.map(({ name }) => name),
    ["WECOM_CALLBACK_TOKEN"],
  )
  assert.deepEqual(faultsOf({ ...app, WECOM_ENCODING_AES_KEY: key }), ["WECOM_CALLBACK_TOKEN"])
  const bad = { ...app, WECOM_CALLBACK_TOKEN: "sim token", WECOM_ENCODING_AES_KEY: key.slice(1) }
  assert.deepEqual(faultsOf(bad), ["WECOM_CALLBACK_TOKEN", "WECOM_ENCODING_AES_KEY"])
  assert.throws(
    () => readConfig(bad),
    (error: Error) => /42 characters/.test(error.message) && !error.message.includes(key.slice(1)),
  )
})

test("every fault is reported at once", () => {
  const faults = faultsOf({
    PORT: "70000",
    WECOM_PUSH_DATABASE_URL: "mysql://x",
    WECOM_PUSH_ADMIN_KEY: "short",
    WECOM_PUSH_MASTER_KEY: "zz",
    WECOM_API_BASE_URL: "qyapi",
    WECOM_BOT_URL: "https://openws.work.weixin.qq.com",
    WECOM_AGENT_ID: "one",
    LOG_LEVEL: "loud",
    WECOM_PUSH_BACKLOG_LIMIT: "0",
    WECOM_PUSH_BACKLOG_SHARE_PERCENT: "101",
    WECOM_PUSH_MAX_STREAMS: "0",
    WECOM_PUSH_STREAMS_SHARE_PERCENT: "0",
    WECOM_PUSH_MCP_HOSTS: "a.example, https://b.example",
    WECOM_PUSH_FILES_LIMIT_MIB: "0",
    WECOM_PUSH_FILES_SHARE_PERCENT: "half",
    WECOM_PUSH_LOOKUP_MISSES_SHARE_PERCENT: "101",
    WECOM_PUSH_RETENTION_DAYS: "-1",
    WECOM_PUSH_AUDIT_DAYS: "0",
    WECOM_PUSH_AUDIT_LIMIT: "999",
    WECOM_PUSH_KEY_REQUESTS_PER_SECOND: "1.5",
    WECOM_PUSH_MAX_CONNECTIONS: "0",
  })
  assert.deepEqual(faults.toSorted(), [
    "LOG_LEVEL",
    "PORT",
    "WECOM_AGENT_ID",
    "WECOM_API_BASE_URL",
    "WECOM_APP_SECRET",
    "WECOM_BOT_URL",
    "WECOM_CORP_ID",
    "WECOM_PUSH_ADMIN_KEY",
    "WECOM_PUSH_AUDIT_DAYS",
    "WECOM_PUSH_AUDIT_LIMIT",
    "WECOM_PUSH_BACKLOG_LIMIT",
    "WECOM_PUSH_BACKLOG_SHARE_PERCENT",
    "WECOM_PUSH_DATABASE_URL",
    "WECOM_PUSH_FILES_LIMIT_MIB",
    "WECOM_PUSH_FILES_SHARE_PERCENT",
    "WECOM_PUSH_KEY_REQUESTS_PER_SECOND",
    "WECOM_PUSH_LOOKUP_MISSES_SHARE_PERCENT",
    "WECOM_PUSH_MASTER_KEY",
    "WECOM_PUSH_MAX_CONNECTIONS",
    "WECOM_PUSH_MAX_STREAMS",
    "WECOM_PUSH_MCP_HOSTS",
    "WECOM_PUSH_RETENTION_DAYS",
    "WECOM_PUSH_STREAMS_SHARE_PERCENT",
  ])
})

test("a fault never repeats the value of a secret, and is reported in two languages", () => {
  try {
    readConfig({
      WECOM_PUSH_ADMIN_KEY: "canary",
      WECOM_PUSH_MASTER_KEY: "canary",
      WECOM_PUSH_DATABASE_URL: "mysql://canary",
    })
    assert.fail("it was taken")
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.faults.length, 3)
    for (const { name, problem } of error.faults) {
      assert.ok(problem.en.includes(name) && problem.zh.includes(name))
      assert.match(problem.zh, /[\u4e00-\u9fff]/)
    }
    assert.doesNotMatch(JSON.stringify(error.faults) + error.message, /canary/)
  }
})

test("a database of PostgreSQL is named by its address, and needs a master key", () => {
  const masterKey = { WECOM_PUSH_MASTER_KEY: "ab".repeat(32) }
  for (const url of ["postgres://u:p@h/db", "postgresql://h/db?sslmode=require", "postgres://u@/db?host=/run/pg"]) {
    assert.deepEqual(readConfig({ ...masterKey, WECOM_PUSH_DATABASE_URL: url }).database, { kind: "postgres", url })
    assert.deepEqual(faultsOf({ WECOM_PUSH_DATABASE_URL: url }), ["WECOM_PUSH_MASTER_KEY"])
  }
  for (const url of ["postgres://", "postgres:db", "postgres://h", "postgres://h/", "postgres://u:a/b@h/db"]) {
    assert.deepEqual(faultsOf({ ...masterKey, WECOM_PUSH_DATABASE_URL: url }), ["WECOM_PUSH_DATABASE_URL"], url)
  }
})

test("D7: an address whose server would go unverified is refused under the name of its setting, with what to write", () => {
  const masterKey = { WECOM_PUSH_MASTER_KEY: "ab".repeat(32), WECOM_PUSH_DATABASE_URL: "postgres://u:canary@h/db" }
  for (const name of ["WECOM_PUSH_DATABASE_URL", "WECOM_PUSH_DATABASE_DIRECT_URL"]) {
    try {
      readConfig({ ...masterKey, [name]: "postgres://u:canary@h/db?sslmode=no-verify" })
      assert.fail("it was taken")
    } catch (error) {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(
        error.faults.map((fault) => fault.name),
        [name],
      )
      assert.match(error.message, new RegExp(`^${name}: sslmode=no-verify .*write sslmode=verify-full`))
      assert.match(error.faults[0]?.problem.zh ?? "", new RegExp(`^${name}：sslmode=no-verify`))
      assert.doesNotMatch(JSON.stringify(error.faults), /canary/)
    }
  }
})

test("a database is a path after sqlite:", () => {
  assert.equal(fileOf("sqlite:./a.db"), "./a.db")
  assert.equal(fileOf("sqlite:/var/lib/a b.db"), "/var/lib/a b.db")
  assert.equal(fileOf("sqlite:///var/lib/a.db"), "/var/lib/a.db")
  for (const url of ["sqlite:", "a.db", "file:a.db", "sqlite::memory:"]) {
    assert.deepEqual(faultsOf({ WECOM_PUSH_DATABASE_URL: url }), ["WECOM_PUSH_DATABASE_URL"], url)
  }
})

test("the default app takes corp id, agent id and secret together", () => {
  const whole = { WECOM_CORP_ID: "ww1", WECOM_APP_SECRET: "s", WECOM_AGENT_ID: "1000002" }
  assert.deepEqual(readConfig(whole).defaultApp, {
    corpId: "ww1",
    agentId: 1_000_002,
    secret: "s",
    callbackToken: undefined,
    encodingAesKey: undefined,
  })
  for (const name of Object.keys(whole)) assert.deepEqual(faultsOf({ ...whole, [name]: "" }), [name])
})

// proves 32.robot-of-environment: key, whole address, bad ones
test("the group robot of the environment is its key, alone or in WeCom's whole address", () => {
  const address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=8f1c"
  for (const given of ["8f1c", address]) assert.equal(readConfig({ WECOM_ROBOT_KEY: given }).robotKey, "8f1c")
  const other = { WECOM_ROBOT_KEY: "https://evil.example/cgi-bin/webhook/send?key=CANARY" }
  assert.deepEqual(faultsOf(other), ["WECOM_ROBOT_KEY"])
  assert.throws(
    () => readConfig(other),
    (error: Error) => !error.message.includes("CANARY"),
  )
})

// proves 32.bot-environment: bot id and secret together
test("the robot of the environment takes bot id and secret together, which may be in files", () => {
  using folder = new TemporaryFolder()
  const file = folder.file("bot-secret")
  writeFileSync(file, "from-a-file\n", { mode: 0o600 })
  assert.equal(readConfig({}).bot, undefined)
  assert.deepEqual(readConfig({ WECOM_BOT_ID: "b", WECOM_BOT_SECRET: "s" }).bot, { botId: "b", secret: "s" })
  assert.equal(readConfig({ WECOM_BOT_ID: "b", WECOM_BOT_SECRET_FILE: file }).bot?.secret, "from-a-file")
  assert.deepEqual(faultsOf({ WECOM_BOT_ID: "b" }), ["WECOM_BOT_SECRET"])
  assert.deepEqual(faultsOf({ WECOM_BOT_SECRET: "s" }), ["WECOM_BOT_ID"])
})

// proves row 43: secrets in files
test("row 43: a secret may be in a file, and not in both; one that others can read is warned of", () => {
  using folder = new TemporaryFolder()
  const file = folder.file("secret")
  writeFileSync(file, "from-a-file\n", { mode: 0o600 })
  const environment = { WECOM_CORP_ID: "ww1", WECOM_AGENT_ID: "1", WECOM_APP_SECRET_FILE: file }
  assert.equal(readConfig(environment).defaultApp?.secret, "from-a-file")
  assert.deepEqual(readConfig(environment).warnings, [])
  chmodSync(file, 0o644)
  assert.deepEqual(
    readConfig(environment).warnings.map(({ name }) => name),
    ["WECOM_APP_SECRET_FILE"],
  )
  assert.deepEqual(faultsOf({ ...environment, WECOM_APP_SECRET: "x" }), ["WECOM_APP_SECRET"])
  writeFileSync(file, "\n")
  assert.deepEqual(faultsOf(environment), ["WECOM_APP_SECRET_FILE"])
  assert.deepEqual(faultsOf({ ...environment, WECOM_APP_SECRET_FILE: folder.file("none") }), ["WECOM_APP_SECRET_FILE"])
})

test("the admin key is any text of 32 or more visible ASCII characters", () => {
  for (const key of ["x".repeat(32), "!~".repeat(16), "y".repeat(500)]) {
    assert.equal(readConfig({ WECOM_PUSH_ADMIN_KEY: key }).adminKey, key)
  }
  for (const key of ["x".repeat(31), `${"x".repeat(32)} y`, `${"x".repeat(32)}é`]) {
    assert.deepEqual(faultsOf({ WECOM_PUSH_ADMIN_KEY: key }), ["WECOM_PUSH_ADMIN_KEY"], key)
  }
})

test("the master key is 32 bytes in hex or base64", () => {
  const bytes = Buffer.alloc(32, 0xa7)
  for (const written of [bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url")]) {
    assert.deepEqual(readConfig({ WECOM_PUSH_MASTER_KEY: written }).masterKey, new Uint8Array(bytes))
  }
  for (const written of ["a".repeat(63), "a".repeat(65), Buffer.alloc(31).toString("base64")]) {
    assert.deepEqual(faultsOf({ WECOM_PUSH_MASTER_KEY: written }), ["WECOM_PUSH_MASTER_KEY"])
  }
})

test("a bucket for files: its place, what is usual, and the keys, which may be in files", () => {
  using folder = new TemporaryFolder()
  writeFileSync(folder.file("id"), "AKIA\n", { mode: 0o600 })
  writeFileSync(folder.file("key"), "s3cret\n", { mode: 0o600 })
  const shared = { WECOM_PUSH_DATABASE_URL: "postgres://u:p@h/d", WECOM_PUSH_MASTER_KEY: "07".repeat(32) }
  assert.equal(readConfig(shared).files, undefined)
  assert.deepEqual(readConfig({ ...shared, WECOM_PUSH_FILES_URL: "s3://bucket" }).files, {
    bucket: "bucket",
    prefix: "",
    endpoint: undefined,
    region: "us-east-1",
    pathStyle: false,
    credentials: undefined,
    inDatabaseBytes: 1_048_576,
  })
  const whole = {
    ...shared,
    WECOM_PUSH_FILES_URL: "s3://my.bucket/a/b/",
    WECOM_PUSH_FILES_ENDPOINT: "http://127.0.0.1:9000",
    WECOM_PUSH_FILES_IN_DATABASE_BYTES: "0",
    AWS_REGION: "cn-north-1",
    AWS_ACCESS_KEY_ID_FILE: folder.file("id"),
    AWS_SECRET_ACCESS_KEY_FILE: folder.file("key"),
    AWS_SESSION_TOKEN: "t",
  }
  assert.deepEqual(readConfig(whole).files, {
    bucket: "my.bucket",
    prefix: "a/b/",
    endpoint: "http://127.0.0.1:9000",
    region: "cn-north-1",
    pathStyle: true,
    credentials: { accessKeyId: "AKIA", secretAccessKey: "s3cret", sessionToken: "t" },
    inDatabaseBytes: 0,
  })
  const path = { WECOM_PUSH_FILES_PATH_STYLE: "false", WECOM_PUSH_FILES_REGION: "eu-1" }
  const files = readConfig({ ...whole, ...path }).files
  assert.deepEqual([files?.pathStyle, files?.region], [false, "eu-1"])
  for (const url of ["s3://", "https://bucket", "s3://Bucket", "s3://b", "s3://bucket?region=x"]) {
    assert.deepEqual(faultsOf({ ...shared, WECOM_PUSH_FILES_URL: url }), ["WECOM_PUSH_FILES_URL"], url)
  }
  assert.deepEqual(faultsOf({ ...whole, AWS_ACCESS_KEY_ID_FILE: "" }), ["AWS_ACCESS_KEY_ID"])
  assert.deepEqual(faultsOf({ ...whole, AWS_SECRET_ACCESS_KEY_FILE: "" }), ["AWS_SECRET_ACCESS_KEY"])
  assert.deepEqual(faultsOf({ ...whole, AWS_SECRET_ACCESS_KEY_FILE: folder.file("none") }), [
    "AWS_SECRET_ACCESS_KEY_FILE",
  ])
})

test("a bucket beside SQLite is refused, and what belongs to one without it, by the name of the setting", () => {
  assert.deepEqual(faultsOf({ WECOM_PUSH_FILES_URL: "s3://bucket" }), ["WECOM_PUSH_FILES_URL"])
  assert.throws(() => readConfig({ WECOM_PUSH_FILES_URL: "s3://bucket" }), /beside SQLite files lie in a folder/)
  assert.deepEqual(faultsOf({ WECOM_PUSH_FILES_REGION: "x" }), ["WECOM_PUSH_FILES_REGION"])
  // Settings of another program on the same machine.
  assert.deepEqual(faultsOf({ AWS_ACCESS_KEY_ID: "x", AWS_REGION: "y" }), [])
})

function fileOf(url: string): string {
  const { database } = readConfig({ WECOM_PUSH_DATABASE_URL: url })
  return database.kind === "sqlite" ? database.file : database.kind
}
