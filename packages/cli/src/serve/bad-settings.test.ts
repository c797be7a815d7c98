import assert from "node:assert/strict"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { test } from "node:test"
import { startBench } from "../testing/try-command.ts"

const URL_NAME = "WECOM_PUSH_DATABASE_URL"
const KEY = { WECOM_PUSH_MASTER_KEY: "ab".repeat(32) }
const CANARY = "canary"

type Variables = Readonly<Record<string, string>>

/** @param port of a server that counts who connects */
function badAddresses(port: number, folder: string): readonly (readonly [address: string, toDo: RegExp])[] {
  const at = `postgres://u:${CANARY}@127.0.0.1:${port}`
  const empty = join(folder, "empty.pem")
  return [
    ["mysql://u@h/d", /neither of the form sqlite:PATH/],
    ["sqlite:", /neither of the form sqlite:PATH/],
    [at, /names no database/],
    [`${at}/`, /names no database/],
    [`${at}/a/b`, /%2F for a \//],
    [`postgres://u:${CANARY}#x@127.0.0.1:${port}/d`, /names no database/],
    [`postgres://u:${CANARY}@127.0.0.1:${port},127.0.0.1:1/d`, /several hosts or ports.*leads to the primary/],
    [`postgres://u:${CANARY}@127.0.0.1,localhost/d`, /several hosts or ports.*leads to the primary/],
    [`${at}/d?host=127.0.0.1,localhost`, /several hosts or ports/],
    [`${at}/d?port=${port},5432`, /several hosts or ports/],
    [`postgres://u:${CANARY}@127.0.0.1:99999/d`, /port must be a number from 1 to 65535/],
    [`postgres://u:${CANARY}@127.0.0.1:x/d`, /port must be a number from 1 to 65535/],
    [`${at}/d?port=0`, /port must be a number from 1 to 65535/],
    [`postgres://u:${CANARY}%E4@127.0.0.1:${port}/d`, /write %25 for a %/],
    [`${at}/d?sslmode=prefer`, /write sslmode=verify-full, or sslmode=disable/],
    [`${at}/d?sslmode=no-verify`, /write sslmode=verify-full, with sslrootcert=FILE/],
    [`${at}/d?sslmode=fully`, /none of disable, require, verify-ca, verify-full/],
    [`${at}/d?sslmode=require&sslrootcert=missing.pem`, /file that sslrootcert names cannot be read/],
    [`${at}/d?sslmode=require&sslrootcert=${empty}`, /has no certificate in PEM/],
    [`${at}/d?sslmode=require&sslcert=${empty}`, /sslcert and sslkey need each other/],
    [`${at}/d?sslmode=require&sslcert=${empty}&sslkey=${empty}`, /must name a certificate in PEM and its private key/],
    [`${at}/d?client_encoding=LATIN1`, /client_encoding must be one of utf8/],
    [`${at}/d?target_session_attrs=standby`, /target_session_attrs must be one of any, read-write, primary/],
    [`${at}/d?gssencmode=require`, /gssencmode must be one of disable, prefer/],
    [`${at}/d?statement_timeout=1000`, /parameter statement_timeout is not one that a gateway uses.*ALTER ROLE/],
    [`${at}/d?aplication_name=x`, /parameter aplication_name is not one that a gateway uses/],
  ]
}

const BAD_VARIABLES: readonly (readonly [variables: Variables, name: string, toDo: RegExp])[] = [
  [{ WECOM_PUSH_MASTER_KEY: "" }, "WECOM_PUSH_MASTER_KEY", /is missing.*head -c 32/],
  [{ WECOM_PUSH_MASTER_KEY: CANARY }, "WECOM_PUSH_MASTER_KEY", /32 bytes in hex or base64.*head -c 32/],
  [{ WECOM_PUSH_MASTER_KEY_FILE: "missing" }, "WECOM_PUSH_MASTER_KEY", /keep one/],
  [{ WECOM_PUSH_DATABASE_URL_FILE: "missing" }, URL_NAME, /keep one/],
  [{ WECOM_PUSH_PREVIOUS_MASTER_KEY: "x" }, "WECOM_PUSH_PREVIOUS_MASTER_KEY", /head -c 32/],
  [{ WECOM_PUSH_ADMIN_KEY: CANARY }, "WECOM_PUSH_ADMIN_KEY", /32 or more visible ASCII characters/],
  [{ WECOM_PUSH_DATABASE_DIRECT_URL: "postgres://h1,h2/d" }, "WECOM_PUSH_DATABASE_DIRECT_URL", /several hosts/],
  ...(
    [
      ["WECOM_PUSH_DATABASE_CONNECTIONS", "1", "2 to 500"],
      ["WECOM_PUSH_DATABASE_WAIT_SECONDS", "-1", "0 to 86400"],
      ["WECOM_PUSH_BACKLOG_LIMIT", "1e3", "1 to 1000000000"],
      ["WECOM_PUSH_BACKLOG_SHARE_PERCENT", "0", "1 to 100"],
      ["WECOM_PUSH_KEY_REQUESTS_PER_SECOND", "many", "0 to 1000000"],
      ["WECOM_PUSH_MAX_CONNECTIONS", "0", "1 to 100000"],
      ["WECOM_PUSH_MAX_STREAMS", "1.5", "1 to 100000"],
      ["WECOM_PUSH_STREAMS_SHARE_PERCENT", "101", "1 to 100"],
      ["WECOM_PUSH_FILES_LIMIT_MIB", "0", "1 to 1000000000"],
      ["WECOM_PUSH_FILES_SHARE_PERCENT", "0x10", "1 to 100"],
      ["WECOM_PUSH_LOOKUP_MISSES_SHARE_PERCENT", "200", "1 to 100"],
      ["WECOM_PUSH_RETENTION_DAYS", "0", "1 to 3650"],
      ["WECOM_PUSH_AUDIT_DAYS", "36501", "1 to 36500"],
      ["WECOM_PUSH_AUDIT_LIMIT", "10", "1000 to 100000000"],
    ] as const
  ).map(([name, value, limits]) => [{ [name]: value }, name, new RegExp(`no whole number from ${limits}`)] as const),
  [{ WECOM_PUSH_MCP_HOSTS: "https://a.example" }, "WECOM_PUSH_MCP_HOSTS", /no host name/],
  [{ LOG_LEVEL: "loud" }, "LOG_LEVEL", /none of .*info/],
  [{ WECOM_AGENT_ID: "zero" }, "WECOM_AGENT_ID", /whole number/],
  [{ WECOM_CALLBACK_TOKEN: "a b" }, "WECOM_CALLBACK_TOKEN", /copy the Token/],
  [{ WECOM_ENCODING_AES_KEY: "short" }, "WECOM_ENCODING_AES_KEY", /copy the EncodingAESKey/],
  [{ WECOM_PUSH_FILES_URL: "https://bucket" }, "WECOM_PUSH_FILES_URL", /s3:\/\//],
]

// proves 29.bad: wrong settings
test("29.bad: a wrong address of the database, or a wrong variable, is exit 2 with what to do, and nothing is changed or connected to", async () => {
  await using bench = await startBench()
  await bench.file("empty.pem", "\n")
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await using _ = { [Symbol.asyncDispose]: async () => void server.close() }
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  const good = { ...KEY, [URL_NAME]: `postgres://u:${CANARY}@127.0.0.1:${port}/d` }
  const rows = [
    ...badAddresses(port, bench.folder).map(([address, toDo]) => [{ [URL_NAME]: address }, URL_NAME, toDo] as const),
    ...BAD_VARIABLES,
  ]
  for (const [variables, name, toDo] of rows) {
    const what = JSON.stringify(variables)
    const env = { ...good, ...variables }
    const en = await bench.run(["serve", "--port", "0", "--lang", "en"], { env })
    assert.equal(en.code, 2, `${what}: ${en.stderr}`)
    assert.match(en.stderr, new RegExp(name), what)
    assert.match(en.stderr, toDo, what)
    const zh = await bench.run(["serve", "--port", "0", "--lang", "zh"], { env })
    assert.equal(zh.code, 2, what)
    assert.match(zh.stderr, new RegExp(`(?:${name})[^\\n]*[\\u4e00-\\u9fff]|[\\u4e00-\\u9fff][^\\n]*(?:${name})`), what)
    assert.doesNotMatch(en.stderr + zh.stderr, new RegExp(CANARY), what)
  }
  assert.equal(connections, 0)
  assert.deepEqual(readdirSync(bench.folder), ["empty.pem"])
})
