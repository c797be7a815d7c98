import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { parseEnv } from "node:util"
import { newDatabase, startCluster, urlOf } from "../../../gateway/src/store/postgres/testing/cluster.ts"
import { startTlsFront } from "../../../gateway/src/store/postgres/testing/tls-front.ts"
import { httpAnswer, startRawServer } from "../../../sdk/src/testing/raw-server.ts"
import { makeTestCertificate } from "../../../sdk/src/testing/test-certificate.ts"
import { start } from "../testing/start-process.ts"
import type { Ended } from "../testing/start-process.ts"
import { secret, startBench } from "../testing/try-command.ts"

const KEY = "an-admin-key-of-more-than-32-characters"

// proves N4: a node that dies
// proves 13.M1: one setting, two gateways
test("N4: two gateways share a database of PostgreSQL; one is killed with calls under way, and each message arrives once", async () => {
  await using database = await newDatabase()
  await using bench = await startBench()
  const env = {
    ...bench.env,
    WECOM_PUSH_ADMIN_KEY: KEY,
    WECOM_PUSH_MASTER_KEY: "ab".repeat(32),
    WECOM_PUSH_DATABASE_URL: database.url,
  }
  await using one = start(["serve", "--port", "0", "--json"], bench.folder, env)
  await using other = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const [first, second] = await Promise.all([told(one.says(TOLD)), told(other.says(TOLD))])
  assert.doesNotMatch(JSON.stringify(first), /postgres:postgres/)
  assert.match(first.database, /^postgres:\/\/postgres@\/test_/)

  await bench.fault({ path: "message/send", kind: "slow", delay_ms: 300, times: 24 })
  const contents = Array.from({ length: 24 }, (_, n) => `no ${n}`)
  const ids = await Promise.all(contents.map((content) => accept(first.url, content)))
  await sleep(200)
  one.child.kill("SIGKILL")
  for (const id of ids) while ((await stateOf(second.url, id)) !== "sent") await sleep(20)
  const shown = (await bench.shown()).map(({ body }) => body["text"])
  assert.deepEqual(
    shown.map((text) => JSON.stringify(text)).toSorted(),
    contents.map((content) => JSON.stringify({ content })).toSorted(),
  )

  const made = await start(["keys", "create", "--admin", "--json"], bench.folder, env).ended()
  assert.equal(made.code, 0, made.stderr + made.stdout)
  const { key, database: named } = JSON.parse(made.stdout) as { key: string; database: string }
  assert.equal((await fetch(`${second.url}/v1/status`, { headers: { authorization: `Bearer ${key}` } })).status, 200)
  assert.equal(named, first.database)
  const backup = await start(["backup", "copy.db"], bench.folder, { ...env, LANG: "en_US.UTF-8" }).ended()
  assert.equal(backup.code, 2)
  assert.match(backup.stderr, /pg_dump/)
  other.child.kill("SIGTERM")
  assert.equal((await other.ended()).code, 0)
})

// proves 30.init: with PostgreSQL
test("30.init: PostgreSQL gets a master key in .env beside its address, with which a gateway starts", async () => {
  // One that keeps what it stores: the servers of other tests do not, and such a one is refused.
  const cluster = await startCluster([])
  await using _ = { [Symbol.asyncDispose]: () => cluster.stop() }
  await cluster.admin("create database wecom")
  const url = urlOf(cluster.socketFolder, "wecom")
  await using bench = await startBench()
  const flags = [
    "--corp-id",
    "ww0000000000000001",
    "--agent-id",
    "1000002",
    "--secret-file",
    await bench.file("s", secret),
  ]
  const options = { blank: true, env: { WECOM_API_BASE_URL: bench.url } } as const
  const ran = await bench.run(["init", ...flags, "--database", url, "--lang", "en"], options)
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  assert.match(ran.stderr, /WECOM_PUSH_MASTER_KEY was made/)
  const written = parseEnv(await readFile(join(bench.folder, ".env"), "utf8"))
  assert.equal(written["WECOM_PUSH_DATABASE_URL"], url)
  assert.match(written["WECOM_PUSH_MASTER_KEY"] ?? "", /^[0-9a-f]{64}$/)
  const again = await bench.run(["init", "--json"], { blank: true })
  assert.equal(again.code, 0, again.stdout)
  assert.equal(
    parseEnv(await readFile(join(bench.folder, ".env"), "utf8"))["WECOM_PUSH_MASTER_KEY"],
    written["WECOM_PUSH_MASTER_KEY"],
  )
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, { HOME: bench.folder })
  assert.match((await told(gateway.says(TOLD))).database, /^postgres:/)
  gateway.child.kill("SIGTERM")
  assert.equal((await gateway.ended()).code, 0)
})

test("a bucket of files beside SQLite is exit 2, by the name of its setting; beside a file that a flag names it is another's", async () => {
  await using bench = await startBench()
  const env = { ...bench.env, LANG: "en_US.UTF-8", WECOM_PUSH_FILES_URL: "s3://wecom-push/files" }
  const refused = await start(["serve", "--port", "0"], bench.folder, env).ended()
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /WECOM_PUSH_FILES_URL.*only a gateway on PostgreSQL uses/)
  const checked = await start(["doctor", "--database", "sqlite:a.db"], bench.folder, env).ended()
  assert.equal(checked.code, 0, checked.stderr)
})

// proves 28.D7: TLS to PostgreSQL
test("D7: serve refuses an address that leaves the database's server unverified, and one that cannot be verified", async () => {
  await using database = await newDatabase()
  await using front = await startTlsFront(database.url, await makeTestCertificate())
  await using bench = await startBench()
  const env = {
    ...bench.env,
    LANG: "en_US.UTF-8",
    WECOM_PUSH_MASTER_KEY: "ab".repeat(32),
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
  }
  const serve = (mode: string): Promise<Ended> =>
    start(["serve", "--port", "0"], bench.folder, { ...env, WECOM_PUSH_DATABASE_URL: front.url(mode) }).ended()
  const [unverified, selfSigned] = await Promise.all([serve("?sslmode=no-verify"), serve("?sslmode=verify-full")])
  assert.equal(unverified.code, 2)
  assert.match(unverified.stderr, /WECOM_PUSH_DATABASE_URL: sslmode=no-verify .*write sslmode=verify-full/)
  assert.equal(selfSigned.code, 3)
  assert.match(selfSigned.stderr, /not even the password was sent: self-signed certificate.*sslrootcert=FILE/)
  assert.equal(front.heard, "")
})

// proves 28.D7: TLS to others
test("D7: what AWS's own tools ask for the key of a bucket is asked of a trusted server alone, whatever the environment says", async () => {
  await using database = await newDatabase()
  await using server = await startRawServer({
    tls: await makeTestCertificate(),
    onRequest: (socket) => socket.write(httpAnswer('{"AccessKeyId":"a","SecretAccessKey":"b"}')),
  })
  await using bench = await startBench()
  const ended = await start(["doctor", "--database"], bench.folder, {
    ...bench.env,
    LANG: "en_US.UTF-8",
    WECOM_PUSH_MASTER_KEY: "ab".repeat(32),
    WECOM_PUSH_DATABASE_URL: database.url,
    WECOM_PUSH_FILES_URL: "s3://wecom-push/files",
    WECOM_PUSH_FILES_ENDPOINT: `https://127.0.0.1:${server.port}`,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `https://127.0.0.1:${server.port}/key`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary",
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
  }).ended()
  assert.equal(ended.code, 3)
  assert.match(ended.stdout, /✗ files/)
  assert.deepEqual(server.requests, [])
})

const TOLD = /^\{"url".*\}$/m

async function told(saying: Promise<string>): Promise<{ readonly url: string; readonly database: string }> {
  return JSON.parse(TOLD.exec(await saying)?.[0] ?? "") as { url: string; database: string }
}

async function accept(url: string, content: string): Promise<string> {
  const body = { to: { users: ["zhangsan"] }, msgtype: "text", text: { content } }
  const answer = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  assert.equal(answer.status, 202)
  return ((await answer.json()) as { id: string }).id
}

async function stateOf(url: string, id: string): Promise<string> {
  const answer = await fetch(`${url}/v1/messages/${id}`, { headers: { authorization: `Bearer ${KEY}` } })
  return ((await answer.json()) as { state: string }).state
}
