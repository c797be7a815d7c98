import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { StartRefusal } from "../../model/start-refusal.ts"
import type { StartRefusalCode } from "../../model/start-refusal.ts"
import { acceptAll, accepted, begin, claimDue, claimOne, HOUR_MS, NOON } from "../testing/build.ts"
import { copyAsLeft, MASTER_KEY, open, TemporaryFolder } from "../testing/open-store.ts"
import { childCommand, runChild } from "../testing/run-child.ts"
import { backupDatabase } from "./backup.ts"
import { inspectFolder } from "./inspect-file.ts"
import { LockFile } from "./lock-file.ts"
import { SCHEMA_VERSION } from "./migrate.ts"

async function makeStore(file: string, ids: readonly string[] = ["msg_1"]): Promise<void> {
  const { stores } = await open(file)
  await acceptAll(stores.outbox, ids)
  await stores[Symbol.asyncDispose]()
}

async function killed(file: string): Promise<void> {
  const [command, ...parameters] = childCommand("hold-open.ts")
  const child = spawn(command, [...parameters, file], { stdio: ["ignore", "pipe", "inherit"] })
  await once(child.stdout, "data")
  child.kill("SIGKILL")
  await once(child, "exit")
}

const refused = (opening: Promise<unknown>, code: StartRefusalCode): Promise<void> =>
  assert.rejects(opening, (error) => error instanceof StartRefusal && error.code === code)

test("a first start makes a database that no other user may read, and a second start finds it", async () => {
  using folder = new TemporaryFolder()
  const first = await open(folder.file())
  assert.deepEqual([first.isNew, first.parked], [true, undefined])
  assert.equal(statSync(folder.file()).mode & 0o777, 0o600)
  assert.equal(statSync(folder.file("gateway.db-reserve")).mode & 0o777, 0o600)
  await first.stores[Symbol.asyncDispose]()
  const second = await open(folder.file())
  assert.equal(second.isNew, false)
  await second.stores[Symbol.asyncDispose]()
  assert.equal(existsSync(folder.file("gateway.db-wal")), false)
})

// proves S9: a second gateway
// proves 10.6: what operators see
test("S9: a second gateway in another process is refused at once, with the process that holds the file", async () => {
  using folder = new TemporaryFolder()
  await using stores = (await open(folder.file())).stores
  const printed = (await runChild("try-open.ts", [folder.file()])) as { code: string; message: string }
  assert.equal(printed.code, "locked")
  assert.ok(printed.message.includes(`process ${process.pid}`), printed.message)
  assert.ok(printed.message.includes(`(kill ${process.pid})`), printed.message)
  assert.doesNotMatch(printed.message, /PostgreSQL/)
  await acceptAll(stores.outbox, ["msg_1"])
})

test("S9: a second gateway in the same process is refused, and the first keeps its lock", async () => {
  using folder = new TemporaryFolder()
  const first = await open(folder.file())
  await refused(open(folder.file()), "locked")
  const printed = (await runChild("try-open.ts", [folder.file()])) as { code: string }
  assert.equal(printed.code, "locked")
  await first.stores[Symbol.asyncDispose]()
  assert.deepEqual(await runChild("try-open.ts", [folder.file()]), { code: "opened" })
})

// proves S9: a second gateway
test("S9: kill -9 frees the file, and acknowledged messages are there", async () => {
  using folder = new TemporaryFolder()
  await killed(folder.file())
  await using stores = (await open(folder.file())).stores
  assert.equal((await claimOne(stores.outbox)).messageId, "msg_1")
})

test("S9: a failed start holds no lock", async () => {
  using folder = new TemporaryFolder()
  writeFileSync(folder.file(), "")
  await refused(open(folder.file()), "empty_file")
  rmSync(folder.file())
  const { stores } = await open(folder.file())
  await stores[Symbol.asyncDispose]()
})

test("S10: an empty file is refused, and stays as it is", async () => {
  using folder = new TemporaryFolder()
  writeFileSync(folder.file(), "")
  await refused(open(folder.file()), "empty_file")
  assert.equal(statSync(folder.file()).size, 0)
})

test("S10: no fresh database is made beside a log", async () => {
  using folder = new TemporaryFolder()
  await killed(folder.file())
  rmSync(folder.file())
  await refused(open(folder.file()), "log_without_database")
  assert.equal(existsSync(folder.file()), false)
})

test("S10: a log that is missing after a crash is noticed", async () => {
  using folder = new TemporaryFolder()
  await killed(folder.file())
  rmSync(folder.file("gateway.db-wal"))
  await refused(open(folder.file()), "log_missing")
  rmSync(folder.file("gateway.db-lock"))
  const { stores } = await open(folder.file())
  await stores[Symbol.asyncDispose]()
})

test("S10: a file of another kind or another program is refused", async () => {
  using folder = new TemporaryFolder()
  writeFileSync(folder.file("text"), "x".repeat(8192))
  await refused(open(folder.file("text")), "not_a_database")
  // Perhaps the path is wrong: to move the file away is not the first advice.
  await assert.rejects(open(folder.file("text")), ({ hint }: StartRefusal) => {
    assert.match(hint.en, /another program[^]*correct the path[^]*Only if/)
    assert.match(hint.zh, /其他程序[^]*更正数据库的路径[^]*只有当/)
    return true
  })
  using other = new DatabaseSync(folder.file("other.db"))
  other.exec("create table t (a)")
  other.close()
  await refused(open(folder.file("other.db")), "not_a_database")
})

// proves S10: damaged files
test("S10: a file that was cut off is refused, wherever the cut is", async () => {
  using folder = new TemporaryFolder()
  await makeStore(folder.file())
  const { size } = statSync(folder.file())
  for (const left of [50, 100, 512, 4096, 4096 * 3, size - 4096, size - 1]) {
    const cut = folder.file(`cut-${left}.db`)
    copyFileSync(folder.file(), cut)
    truncateSync(cut, left)
    await assert.rejects(open(cut), (error) => {
      assert.ok(error instanceof StartRefusal, String(error))
      assert.match(error.message, /wecom-push backup/)
      return ["truncated", "damaged", "not_a_database"].includes(error.code)
    })
  }
})

// proves S10: damaged files
test("S10: a flipped byte in the head of any page is found, and one elsewhere is found or starts all the same", async () => {
  using folder = new TemporaryFolder()
  await makeStore(
    folder.file(),
    Array.from({ length: 200 }, (_, n) => `msg_${n}`),
  )
  const { size } = statSync(folder.file())
  const startsWith = async (offset: number): Promise<boolean> => {
    const flipped = folder.file("flipped.db")
    for (const suffix of ["", "-wal", "-shm", "-lock"]) rmSync(flipped + suffix, { force: true })
    copyFileSync(folder.file(), flipped)
    flip(flipped, offset)
    try {
      const { stores } = await open(flipped)
      await stores[Symbol.asyncDispose]()
      return true
    } catch (error) {
      // SQLite has no checksums: it cannot notice a flip inside a text. Any fault that it does notice is a refusal.
      assert.ok(error instanceof StartRefusal, `${offset}: ${error instanceof Error ? error.stack : String(error)}`)
      return false
    }
  }
  for (let page = 4096; page < size; page += 4096) assert.equal(await startsWith(page), false, `page at ${page}`)
  let found = 0
  for (let n = 0; n < 80; n++) if (!(await startsWith(Math.floor((n * (size - 1)) / 80)))) found++
  assert.ok(found > 0)
})

test("a log beside a restored backup is not applied to it", async () => {
  using folder = new TemporaryFolder()
  await makeStore(folder.file())
  await backupDatabase(folder.file(), folder.file("backup"), NOON)
  rmSync(folder.file())
  rmSync(folder.file("gateway.db-lock"))
  await killed(folder.file())
  copyFileSync(folder.file("backup"), folder.file())
  await refused(open(folder.file()), "log_of_another")
})

// proves S12: folders that cannot be used
test("S12: network storage and a folder that does not exist are refused", async () => {
  using folder = new TemporaryFolder()
  assert.throws(() => inspectFolder(folder.file(), () => 0x6969), { code: "network_folder" })
  assert.doesNotThrow(() => inspectFolder(folder.file(), () => 0xef53))
  await refused(open(folder.file("none/gateway.db")), "no_folder")
})

// proves S13: an old backup
test("S13: after a restore nothing goes out without consent, except what is scheduled for later", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await acceptAll(stores.outbox, ["msg_1", "msg_2", "msg_3"])
  await acceptAll(stores.outbox, ["msg_4"], { sendAt: NOON + HOUR_MS })
  // Accepted by a clock that was a day fast: the message was due at once.
  await acceptAll(stores.outbox, ["msg_5"], { acceptedAt: NOON + 24 * HOUR_MS })
  const [first, second] = await claimDue(stores.outbox)
  assert.ok(first !== undefined && second !== undefined)
  await begin(stores.outbox, first)
  const inFlight = await begin(stores.outbox, second)
  await stores.upkeep.backup(folder.file("backup"), NOON)
  await stores.outbox.settle([accepted(inFlight)])
  await stores[Symbol.asyncDispose]()
  copyFileSync(folder.file("backup"), folder.file())

  const now = NOON + 60_000
  const restored = await open(folder.file(), { now })
  assert.deepEqual(restored.parked, { messages: 4, backedUpAt: NOON })
  const { outbox, reader } = restored.stores
  assert.deepEqual(await claimDue(outbox, { now }), [])
  const states: unknown[] = []
  for (const id of ["msg_1", "msg_2", "msg_3", "msg_5", "msg_4"]) {
    states.push((await reader.message(id, { apps: "all", now }))?.state)
  }
  assert.deepEqual(states, ["in_doubt", "in_doubt", "in_doubt", "in_doubt", "scheduled"])
  const [recipient] = (await reader.recipients({ messageId: "msg_1", limit: 1 })).items
  assert.equal(recipient?.reason, "restored_backup")
  await restored.stores[Symbol.asyncDispose]()
  const again = await open(folder.file(), { now })
  assert.equal(again.parked, undefined)
  await again.stores[Symbol.asyncDispose]()
})

test("S13: a copy made by other means is parked on demand", async () => {
  using folder = new TemporaryFolder()
  await makeStore(folder.file())
  const { stores, parked } = await open(folder.file(), { afterRestore: true })
  await using _ = stores
  assert.deepEqual(parked, { messages: 1, backedUpAt: undefined })
})

// proves 3.3: the store
test("a backup of a working store is whole, private, and overwrites nothing", async () => {
  using folder = new TemporaryFolder()
  await using stores = (await open(folder.file())).stores
  await acceptAll(stores.outbox, ["msg_1"])
  const backup = folder.file("backup")
  const [, , after] = await Promise.all([
    stores.upkeep.backup(backup, NOON),
    acceptAll(stores.outbox, ["msg_2", "msg_3"]),
    assert.rejects(stores.upkeep.backup(folder.file(), NOON), /exists already/),
  ])
  assert.equal(after, undefined)
  assert.equal(statSync(backup).mode & 0o777, 0o600)
  assert.equal(existsSync(`${backup}-unfinished`), false)
  using copy = new DatabaseSync(backup, { readOnly: true })
  assert.equal(copy.prepare("pragma integrity_check").get()?.["integrity_check"], "ok")
  assert.ok(Number(copy.prepare("select count(*) as n from messages").get()?.["n"]) >= 1)
})

test("while a backup is being made, another of the same name is refused, and the first is whole", async () => {
  using folder = new TemporaryFolder()
  await makeStore(folder.file())
  const backup = folder.file("backup")
  const [first, second] = await Promise.allSettled([1, 2].map(() => backupDatabase(folder.file(), backup, NOON)))
  assert.equal(first?.status, "fulfilled")
  assert.ok(second?.status === "rejected")
  assert.ok(second.reason instanceof StartRefusal && second.reason.code === "locked", String(second.reason))
  using copy = new DatabaseSync(backup, { readOnly: true })
  assert.equal(copy.prepare("select count(*) as n from messages").get()?.["n"], 1)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.startsWith("backup")),
    ["backup"],
  )
})

test("a backup of a database whose gateway was killed keeps its log as it is", async () => {
  using folder = new TemporaryFolder()
  await killed(folder.file())
  const log = readFileSync(folder.file("gateway.db-wal"))
  await backupDatabase(folder.file(), folder.file("backup"), NOON)
  assert.deepEqual(readFileSync(folder.file("gateway.db-wal")), log)
  await using stores = (await open(folder.file("backup"))).stores
  assert.notEqual(await stores.reader.message("msg_1", { apps: "all", now: NOON }), undefined)
})

// proves 30.bad-up: an older version on newer tables
test("a schema of a newer version is refused untouched", async () => {
  using folder = new TemporaryFolder()
  await makeStore(folder.file())
  using db = new DatabaseSync(folder.file())
  db.exec(`pragma user_version = ${SCHEMA_VERSION + 1}`)
  db.close()
  await refused(open(folder.file()), "newer_schema")
})

// proves row 42: a copy of the database
test("42: the wrong master key is refused, and a change of keys takes everything along", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await stores.apps.put(
    { name: "alerts", corpId: "ww1", agentId: 1, settings: {}, secrets: { secret: "canary-secret" } },
    NOON,
  )
  await stores.tokens.set("k", { token: "canary-token" })
  await stores.sources.add({
    id: "src_1",
    name: "a",
    adapter: "text",
    app: "alerts",
    to: {},
    priority: "normal",
    template: undefined,
    prefix: "wps_",
    hash: "ab",
    signingSecret: "canary-signing",
    createdAt: NOON,
  })
  await stores[Symbol.asyncDispose]()
  assert.ok(!readFileSync(folder.file()).includes("canary"))

  const masterKey = new Uint8Array(32).fill(8)
  await refused(open(folder.file(), { masterKey }), "wrong_master_key")
  const rotated = await open(folder.file(), { masterKey, previousMasterKey: MASTER_KEY })
  await rotated.stores[Symbol.asyncDispose]()
  await refused(open(folder.file()), "wrong_master_key")
  await using after = (await open(folder.file(), { masterKey })).stores
  assert.deepEqual(await after.apps.secrets("alerts"), { secret: "canary-secret" })
  assert.deepEqual(await after.tokens.get("k"), { token: "canary-token" })
  assert.equal((await after.sources.findByHash("ab"))?.signingSecret, "canary-signing")
})

for (const changes of [false, true]) {
  test(`${changes ? "a new master key takes over the others" : "a start under the same master key"}, where secrets and the key check are damaged`, async () => {
    using folder = new TemporaryFolder()
    const { stores } = await open(folder.file())
    const secrets = { secret: "canary-secret" }
    for (const name of ["alerts", "hr", "it"])
      await stores.apps.put({ name, corpId: "ww1", agentId: name.length, settings: {}, secrets }, NOON)
    const record = { token: "t1", expiresAt: NOON, refreshAt: NOON }
    await stores.tokens.set("k", record)
    await stores.tokens.set("damaged", record)
    await stores[Symbol.asyncDispose]()
    const damage = (statement: string): void => {
      using database = new DatabaseSync(folder.file())
      database.exec(statement)
    }
    damage("update apps set secrets = 'damaged' where name = 'hr'")
    damage("update apps set secrets = substr(secrets, 1, 30) where name = 'it'")
    damage("update tokens set record = 'damaged' where key = 'damaged'")
    damage("update meta set value = substr(value, 1, 30) where name = 'master_key_check'")
    const masterKey = new Uint8Array(32).fill(8)
    await refused(open(folder.file(), { masterKey }), "wrong_master_key")
    const key = changes ? { masterKey, previousMasterKey: MASTER_KEY } : {}
    await using after = (await open(folder.file(), key)).stores
    assert.deepEqual(await after.apps.secrets("alerts"), secrets)
    assert.deepEqual([await after.apps.secrets("hr"), await after.apps.secrets("it")], [undefined, undefined])
    assert.deepEqual([await after.tokens.get("k"), await after.tokens.get("damaged")], [record, undefined])
    using database = new DatabaseSync(folder.file(), { readOnly: true })
    const check = database.prepare("select length(value) as size from meta where name = 'master_key_check'").get()
    assert.ok(Number(check?.["size"]) > 30)
  })
}

test("a start that is refused after a crash does not keep the next one from starting", async () => {
  using folder = new TemporaryFolder()
  await killed(folder.file())
  await refused(open(folder.file(), { masterKey: new Uint8Array(32).fill(8) }), "wrong_master_key")
  await using stores = (await open(folder.file())).stores
  assert.equal((await claimOne(stores.outbox)).messageId, "msg_1")
})

// proves row 2: what the database knows of a key
test("2: of a key only its hash and prefix are in the file", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  const key = {
    id: "key_1",
    client: "key_1",
    name: "a",
    prefix: "wp_abcde",
    hash: "ab".repeat(32),
    scopes: ["send"],
    apps: "all",
  } as const
  await stores.keys.add({ ...key, audienceCap: undefined, overflow: undefined, forward: [], createdAt: NOON })
  await stores[Symbol.asyncDispose]()
  const bytes = readFileSync(folder.file())
  assert.ok(bytes.includes(key.hash) && bytes.includes(key.prefix))
})

// proves row 46: the audit trail
test("46: entries of the audit trail can be neither changed nor deleted", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  const about = { from: undefined, target: "key_1", detail: {}, apps: "all" } as const
  await stores.audit.append([{ at: NOON, actor: "local", action: "key.created", ...about }])
  await stores[Symbol.asyncDispose]()
  using db = new DatabaseSync(folder.file())
  assert.throws(() => db.exec("update audit set actor = 'other'"), /append-only/)
  assert.throws(() => db.exec("delete from audit"), /append-only/)
})

test("the lock tells whether its last holder was cut off", async () => {
  using folder = new TemporaryFolder()
  {
    using lock = new LockFile(folder.file())
    assert.equal(lock.wasCutOff, false)
    lock.markOpen()
    copyAsLeft(folder.file(), folder.file("killed.db"))
    lock.markClosed()
  }
  using again = new LockFile(folder.file())
  assert.equal(again.wasCutOff, false)
  using afterKill = new LockFile(folder.file("killed.db"))
  assert.equal(afterKill.wasCutOff, true)
})

test("a lock file that a power failure damaged prevents no start, and still keeps two gateways apart", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await acceptAll(stores.outbox, ["msg_1"])
  await stores[Symbol.asyncDispose]()
  for (const torn of ["x".repeat(4096), "SQLite format 3\0".padEnd(4096, "x")]) {
    writeFileSync(folder.file("gateway.db-lock"), torn)
    const again = await open(folder.file())
    assert.notEqual(await again.stores.reader.message("msg_1", { apps: "all", now: NOON }), undefined)
    await refused(open(folder.file()), "locked")
    const printed = (await runChild("try-open.ts", [folder.file()])) as { code: string }
    assert.equal(printed.code, "locked")
    await again.stores[Symbol.asyncDispose]()
  }
})

test("a refusal speaks both languages and names the file and what to do", async () => {
  using folder = new TemporaryFolder()
  mkdirSync(folder.file("data"))
  const file = folder.file("data/gateway.db")
  writeFileSync(file, "")
  await assert.rejects(open(file), (error) => {
    assert.ok(error instanceof StartRefusal)
    for (const sentence of [error.sentence("en"), error.sentence("zh"), error.message]) {
      assert.ok(sentence.includes(file) && sentence.includes("wecom-push backup"), sentence)
    }
    return true
  })
})

function flip(file: string, offset: number): void {
  const byte = readFileSync(file)[offset] ?? 0
  const handle = openSync(file, "r+")
  writeSync(handle, Buffer.from([byte ^ 0xff]), 0, 1, offset)
  closeSync(handle)
}
