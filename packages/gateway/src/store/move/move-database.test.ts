import assert from "node:assert/strict"
import { mkdirSync, writeFileSync } from "node:fs"
import { createHash } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { Client } from "pg"
import { LONGEST_ATTEMPT_MS } from "../../model/longest-attempt.ts"
import { newDatabase } from "../postgres/testing/cluster.ts"
import { openNode } from "../postgres/testing/open-store.ts"
import { sealedPlaces } from "../sealed-places.ts"
import { SecretBox } from "../secret-box.ts"
import { aCall, acceptAll, aRequest, begin, busy, claimOne, NOON } from "../testing/build.ts"
import { MASTER_KEY, open, TemporaryFolder } from "../testing/open-store.ts"
import { LEFT_TABLES, MOVED_TABLES } from "./moved-tables.ts"
import { tableName } from "./table-sql.ts"
import type { InStore, MovedTable } from "./moved-tables.ts"
import { giveUpMove, moveDatabase, MoveDiffers } from "./move-database.ts"
import type { MoveOptions } from "./move-database.ts"

const move = (from: MoveOptions["from"], to: MoveOptions["to"], more: Partial<MoveOptions> = {}) =>
  moveDatabase({
    from,
    to,
    masterKey: MASTER_KEY,
    now: NOON,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  })

// proves 13.L1: a database that is moved
test("every table and column of both schemas is moved, or named with the reason why not", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()

  using db = new DatabaseSync(folder.file())
  const inFile = db
    .prepare(
      `select tables.name as "table", columns.name as "column" from pragma_table_list as tables
        join pragma_table_xinfo(tables.name) as columns
        where tables.schema = 'main' and tables.name not in ('sqlite_schema', 'sqlite_stat1')`,
    )
    .all()
  check(inFile, "sqlite", (table) => table.sqlite)

  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ table: string; column: string; schema: string }>(`
    select table_schema as schema, table_name as table, column_name as column from information_schema.columns
    where table_schema not in ('pg_catalog', 'information_schema')`)
  await client.end()
  assert.deepEqual([...new Set(rows.map(({ schema }) => schema))].toSorted(), ["wecom_push", "wecom_push_jobs"])
  assert.ok(LEFT_TABLES.jobs["*"])
  check(
    rows.filter(({ schema }) => schema === "wecom_push"),
    "postgres",
    (table) => table.postgres,
  )
})

function check(
  found: readonly Readonly<Record<string, unknown>>[],
  store: "sqlite" | "postgres",
  inStore: (table: MovedTable) => InStore | undefined,
): void {
  const there = new Set(found.map((row) => `${String(row["table"])}.${String(row["column"])}`))
  const left = Object.keys(LEFT_TABLES[store])
  const named = MOVED_TABLES.flatMap((table) => {
    const { write = {}, left = {} } = inStore(table) ?? {}
    const written = new Map<string, string | null>(Object.keys(table.columns).map((column) => [column, column]))
    for (const [column, value] of Object.entries(write)) written.set(column, value)
    const columns = [...written].flatMap(([column, value]) => (value === null ? [] : column))
    return [...columns, ...Object.keys(left)].map((column) => `${tableName(table, inStore(table))}.${column}`)
  })
  const unknown = [...there].filter((column) => !named.includes(column) && !left.includes(column.split(".")[0] ?? ""))
  assert.deepEqual(unknown, [], `${store}: say in moved-tables.ts how they are moved, or why not`)
  const gone = named.filter((column) => !there.has(column))
  assert.deepEqual(gone, [], `${store}: named, and not there`)
  const tables = new Set([...there].map((column) => column.split(".")[0]))
  assert.deepEqual(
    left.filter((table) => !tables.has(table)),
    [],
    `${store}: named, and not there`,
  )
}

// proves 13.L1: a database that is moved
test("there and back again: every row of every table is unchanged", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const [first, second] = [folder.file("first.db"), folder.file("second.db")]
  await fill(first)
  const before = rowsOf(first)
  for (const { name } of MOVED_TABLES) assert.ok((before.get(name)?.length ?? 0) > 1, `${name} has rows`)

  const there = await move({ kind: "sqlite", file: first }, { kind: "postgres", url: database.url })
  assert.deepEqual(
    there.counts.filter(({ rows }) => rows[0] === 0),
    [],
  )
  await move({ kind: "postgres", url: database.url }, { kind: "sqlite", file: second })
  const after = rowsOf(second)
  for (const { name } of MOVED_TABLES) assert.deepEqual(after.get(name), before.get(name), name)
})

/** At least two rows in each table, of every form: null, zero, and texts that are hard to store. */
async function fill(file: string): Promise<void> {
  await (await open(file)).stores[Symbol.asyncDispose]()
  using db = new DatabaseSync(file)
  db.exec("update meta set value = 5000 where name = 'turned'")
  const insert = (table: string, row: Readonly<Record<string, string | number | null>>): void => {
    const columns = Object.keys(row)
    db.prepare(
      `insert into ${table} (${columns.join(", ")}) values (${columns.map((column) => `:${column}`).join(", ")})`,
    ).run(row)
  }
  const box = new SecretBox(MASTER_KEY)
  const odd = "磁盘 91% \u{1F600} \"'\\ \\u0000 \t\n%"
  const data = Buffer.from(odd.repeat(100_000))
  const sha256 = createHash("sha256").update(data).digest("hex")
  mkdirSync(`${file}.media`)
  writeFileSync(`${file}.media/${sha256}`, data)
  for (let n = 0; n < 3; n++) {
    const maybe = (value: string | number): string | number | null => (n === 0 ? null : value)
    const bit = n % 2
    insert("parties", {
      id: 3 + n,
      kind: n === 0 ? "robot" : "app",
      corp_id: `ww${n}`,
      party_id: String(1_000_000 + n),
    })
    insert("apps", {
      name: `app${n}`,
      kind: n === 0 ? "robot" : "app",
      corp_id: `ww${n}`,
      agent_id: 1_000_000 + n,
      created_at: NOON,
      updated_at: NOON + n,
      settings: JSON.stringify({ odd }),
      pause: maybe(odd),
      secrets: box.seal(JSON.stringify({ secret: odd }), sealedPlaces.app(`app${n}`)),
      version: n,
    })
    insert("corps", { corp_id: `ww${n}`, settings: odd, version: n })
    insert("keys", {
      id: `key_${n}`,
      client: odd,
      name: odd,
      prefix: "wp_",
      hash: `hash ${n}`,
      scopes: "[]",
      apps: '["alerts"]',
      audience_cap: maybe(7),
      overflow: maybe("split"),
      created_at: NOON,
      revoked_at: maybe(NOON),
      last_used_at: maybe(NOON),
      version: 2 + n,
    })
    insert("sources", {
      id: `src_${n}`,
      name: odd,
      adapter: "text",
      app: "alerts",
      audience: "{}",
      priority: "high",
      template: maybe(odd),
      signing_secret: maybe(box.seal(odd, sealedPlaces.source(`src_${n}`))),
      prefix: "wps_",
      hash: `hash ${n}`,
      old_hash: maybe(`old hash ${n}`),
      old_until: maybe(NOON + n),
      created_at: NOON,
      last_used_at: maybe(NOON + n),
      version: 2 + n,
    })
    insert("chats", {
      seq: 30 + n,
      corp_id: odd,
      agent_id: n,
      chatid: `chat${n}`,
      name: maybe(odd),
      owner: maybe(odd),
      members: JSON.stringify([odd]),
      is_made: n % 2,
      fingerprint: maybe("ab"),
      created_at: NOON,
      updated_at: NOON + n,
    })
    insert("chat_changes", { corp_id: `${odd}${n}`, times: `[${NOON}]` })
    insert("conversations", {
      seq: 20 + n,
      bot: odd,
      type: n === 1 ? "chat" : "user",
      id: `${odd}${n}`,
      userid: odd,
      first_at: NOON,
      last_at: NOON + n,
    })
    insert("messages", {
      seq: 10 + n,
      id: `msg_${n}`,
      app: `app${n}`,
      state: n === 2 ? "sent" : "open",
      priority: n,
      due_at: maybe(NOON + 1),
      accepted_at: NOON,
      send_at: NOON + n,
      expires_at: NOON + 9,
      finished_at: n === 2 ? NOON : null,
      reopened_at: maybe(NOON + 4),
      recipients: 1 + n,
      chunk_count: 1,
      counts: odd,
      key_id: "key_1",
      msgtype: n === 1 ? "template_card" : "text",
      order_key: maybe(odd),
      lane_at: maybe(NOON + 2),
      lane_until: maybe(NOON + 3),
      behind: bit,
      started: n === 1 ? 1 : 0,
      check_seconds: maybe(14_400),
      problem: maybe(odd),
      parts: n === 1 ? JSON.stringify({ msgtype: "template_card", template_card: { task_id: odd } }) : odd,
      chunk: maybe(odd),
      warnings: maybe(odd),
    })
    insert("chunks", { message: 10, place: n, mask: n, data: odd })
    insert("calls", {
      message: n === 0 ? 12 : 11,
      number: n,
      part: n,
      final: bit,
      in_flight_by: n === 0 ? null : 0,
      attempts: n,
      spent: n,
      crashes: n,
      may_have_arrived: bit,
      first_try_at: NOON,
      retry_at: maybe(NOON + 5),
      started_at: NOON + n,
      finished_at: maybe(NOON),
      result: maybe("accepted"),
      errcode: maybe(-1),
      errmsg: maybe(odd),
      reason: maybe(odd),
      msgid: maybe(odd),
      response_code: maybe(odd),
      recalled_at: maybe(NOON),
      check_seconds: maybe(14_400),
      agent: maybe(4),
      kind: maybe("group_robot"),
      guard: maybe(odd),
      positions: odd,
      checksum: 4_294_967_295 - n,
      body: JSON.stringify({ touser: "a|b", odd }),
      host: maybe(10),
      host_number: maybe(1),
      clock_offset_ms: 0,
    })
    insert("attempts", {
      message: 11,
      call: n,
      number: n,
      started_at: NOON,
      finished_at: maybe(NOON),
      result: maybe(odd),
      errcode: maybe(0),
      errmsg: maybe(odd),
    })
    insert("bodies", { id: 100 + n, agent: 3 + n, hash: odd, message: `msg_${n}`, call: n, at: NOON + n })
    insert("idempotency", {
      client: `key_${n}`,
      key: odd,
      fingerprint: odd,
      message: `msg_${n}`,
      state: "queued",
      recipients: n,
      expires_at: NOON,
    })
    insert("events", {
      id: 50 + n,
      at: NOON,
      type: "message.accepted",
      app: "a",
      message: maybe(odd),
      data: `{ "a" : ${JSON.stringify(odd)}, "a": ${n} }`,
    })
    insert("audit", {
      at: NOON,
      actor: odd,
      peer: maybe(odd),
      action: "key.created",
      target: maybe(odd),
      detail: JSON.stringify({ odd }),
      apps: n === 0 ? '"all"' : JSON.stringify(n === 1 ? [] : ["alerts", "hr"]),
    })
    insert("tokens", { key: `${n} ${odd}`, record: box.seal(odd, sealedPlaces.token(`${n} ${odd}`)) })
    insert("lookups", { key: `${n} ${odd}`, userid: maybe(odd), stored_at: NOON })
    insert("pauses", { key: `${n} ${odd}`, until: NOON, step: n })
    insert("misses", { corp_id: "ww1", day: `2026-12-0${n}`, missed: n, asking: 2 * n, given_back: n })
    insert("person_times", { agent: 4, day: `2026-12-0${n}`, taken: n, told_low: bit, told_spent: 1 - bit })
    insert("callbacks", { app: "a", id: `${n} ${odd}`, at: NOON })
    insert("card_codes", {
      code: `${n} ${odd}`,
      message: "msg_1",
      call: n,
      userid: maybe(odd),
      at: NOON,
      spent_at: maybe(NOON),
    })
    insert("media", {
      id: `med_${n}`,
      type: "image",
      filename: odd,
      bytes: data.byteLength,
      sha256: n === 0 ? sha256 : "00".repeat(32),
      stored_at: NOON,
      posted_at: NOON + n,
    })
    insert("media_apps", { medium: `med_${n}`, app: "*" })
    insert("media_places", { medium: `med_${n}`, place: odd, media_id: odd, uploaded_at: NOON })
    insert("media_uses", { message: 10 + n, medium: `med_${n}` })
  }
  // An older row of an equal body, and leftovers of a message that was deleted.
  insert("bodies", { id: 99, agent: 4, hash: odd, message: "msg_0", call: 1, at: NOON - 5 })
  insert("chunks", { message: 999, place: 0, mask: 1, data: odd })
}

/**
 * Rows in comparable form: times are normalised, numbers of rows that nothing refers to may differ, leftovers are
 * dropped.
 */
function rowsOf(file: string): ReadonlyMap<string, readonly unknown[]> {
  using db = new DatabaseSync(file)
  const turned = Number(db.prepare("select value from meta where name = 'turned'").get()?.["value"])
  return new Map(
    MOVED_TABLES.map((table) => {
      const { name } = table
      const rows = db.prepare(`select * from ${tableName(table, table.sqlite)}`).all()
      const kept = rows.flatMap((row): object[] => {
        if (name === "chunks" && row["message"] === 999) return []
        if (name === "bodies") return row["at"] === NOON - 5 ? [] : [{ ...row, id: undefined }]
        if (name !== "calls") return [row]
        const right = (time: unknown): unknown =>
          typeof time === "number" ? time + turned - Number(row["clock_offset_ms"]) : time
        return [
          { ...row, clock_offset_ms: 0, first_try_at: right(row["first_try_at"]), retry_at: right(row["retry_at"]) },
        ]
      })
      return [name, kept.map((row) => JSON.stringify(row)).toSorted()]
    }),
  )
}

test("contents and bodies of megabytes, which SQLite keeps apart, arrive whole", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const now = Date.now()
  const part = JSON.stringify({ mpnews: "字".repeat(100_000) })
  const body = JSON.stringify({ touser: "zhangsan", mpnews: "字".repeat(100_000) })
  {
    await using stores = (await open(folder.file())).stores
    await acceptAll(stores.outbox, ["msg_1"], { acceptedAt: now, msgtype: "mpnews", parts: [part] })
    const claimed = await claimOne(stores.outbox, now)
    await stores.outbox.settle([busy(await begin(stores.outbox, claimed, { at: now, call: aCall({ body }) }))])
  }
  await move({ kind: "sqlite", file: folder.file() }, { kind: "postgres", url: database.url })
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query(`select parts, body from wecom_push.messages
    join wecom_push.calls on calls.message = messages.seq`)
  await client.end()
  assert.ok(rows.length === 1 && rows[0].parts === part && rows[0].body === body)
})

test("settings and counters continue: events, audit entries and messages get numbers that were never given", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  await fill(folder.file())
  await move({ kind: "sqlite", file: folder.file() }, { kind: "postgres", url: database.url })
  await using stores = (await openNode(database.url)).stores
  const { events, audit } = stores
  assert.equal(await events.latest(), 52)
  const entry = {
    at: NOON,
    actor: "local",
    from: undefined,
    action: "key.created" as const,
    target: "k",
    detail: {},
    apps: "all" as const,
  }
  await audit.append([entry])
  const { items } = await audit.list({ limit: 9, apps: "all" })
  assert.deepEqual(
    items.map(({ id }) => id),
    [4, 3, 2, 1],
  )
})

test("members' windows: what went out in the last hour counts on PostgreSQL too, and what is at work with it", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  const now = Date.now()
  {
    using db = new DatabaseSync(folder.file())
    const call = db.prepare(`insert into calls (message, number, part, final, in_flight_by, attempts, spent, crashes,
        may_have_arrived, first_try_at, started_at, finished_at, result, agent, positions, checksum, body)
      values (1, ?, 0, 1, ?, 1, 0, 0, 0, 0, ?, ?, ?, 7, '', 0, ?)`)
    const add = (number: number, at: number, result: string | null, touser: string): void => {
      const isUnderWay = result === null
      const body = JSON.stringify({ touser, msgtype: "text" })
      call.run(number, isUnderWay ? 1 : null, at, isUnderWay ? null : at + 50, result, body)
    }
    add(1, now - 2 * 3_600_000, "accepted", "zhangsan")
    add(2, now - 600_000, "accepted", "zhangsan|lisi")
    add(3, now - 500_000, "refused", "zhangsan")
    add(4, now - 1000, null, "zhangsan")
  }
  await move({ kind: "sqlite", file: folder.file() }, { kind: "postgres", url: database.url })
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query(
    "select agent, member, sends, granted from wecom_push.member_windows order by member",
  )
  await client.end()
  assert.deepEqual(rows, [
    { agent: 7, member: "lisi", sends: [String(now - 600_000 + 50)], granted: 0 },
    {
      agent: 7,
      member: "zhangsan",
      sends: [String(now - 600_000 + 50), String(now - 1000 + LONGEST_ATTEMPT_MS)],
      granted: 0,
    },
  ])
})

test("members' windows: a file that comes from PostgreSQL knows of no member of the last hour that it is not near its limit", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  await move({ kind: "postgres", url: database.url }, { kind: "sqlite", file: folder.file() })
  await using stores = (await open(folder.file())).stores
  // A file that did not come from PostgreSQL knows the busy members from its creation on.
  assert.deepEqual(await stores.busyMembers.since(0), { completeFrom: NOON, members: [] })
})

test("a target that has something in it is refused, and the source stays as it is", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  await using other = await newDatabase()
  const [from, to] = [
    { kind: "sqlite", file: folder.file() },
    { kind: "postgres", url: database.url },
  ] as const
  await fill(folder.file())
  {
    await using stores = (await openNode(database.url)).stores
    await stores.apps.put({ name: "a", corpId: "ww1", agentId: 1, settings: {}, secrets: { secret: "s" } }, NOON)
  }
  await assert.rejects(move(from, to), { code: "target_in_use" })
  await using _ = (await open(folder.file())).stores
  await assert.rejects(move(from, { kind: "postgres", url: other.url }), { code: "locked" })
})

// proves 13.L1: a database that is moved
test("no side may be in use: a gateway on PostgreSQL, whether its session is held or only its connections are there", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const node = await openNode(database.url)
  await using _ = node.stores
  await assert.rejects(move({ kind: "postgres", url: database.url }, { kind: "sqlite", file: folder.file() }), {
    code: "locked",
  })
  await node.session[Symbol.asyncDispose]()
  await assert.rejects(move({ kind: "postgres", url: database.url }, { kind: "sqlite", file: folder.file("b.db") }), {
    code: "locked",
  })
})

test("from its beginning on no gateway starts on either side, then on the target alone; a moved source is used like an old copy", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const file = folder.file()
  const from = { kind: "sqlite", file } as const
  const to = { kind: "postgres", url: database.url } as const
  {
    await using stores = (await open(file)).stores
    await stores.outbox.accept(aRequest())
  }
  const stopping = new AbortController()
  const stopped = move(from, to, {
    signal: stopping.signal,
    onProgress: ({ table }) => table === "calls" && stopping.abort(),
  })
  await assert.rejects(stopped, { name: "AbortError" })
  await assert.rejects(open(file), (error: Error) => {
    assert.match(error.message, /wecom-push move --from sqlite:\S+ --to postgres:\/\/postgres@\//)
    return Reflect.get(error, "code") === "move_unfinished"
  })
  await assert.rejects(openNode(database.url), (error: Error) => {
    assert.match(error.message, /wecom-push move --from sqlite:\S+ --to postgres:\/\/postgres@\//)
    return Reflect.get(error, "code") === "move_unfinished"
  })
  const { counts } = await move(from, to)
  assert.equal(counts.length, MOVED_TABLES.length + 2)
  assert.deepEqual((await move(from, to)).counts, [])
  await using _ = (await openNode(database.url)).stores
  await assert.rejects(open(file), { code: "moved_away" })
  await using stores = (await open(file, { afterRestore: true, now: NOON + 10_000 })).stores
  assert.equal((await stores.reader.message("msg_1", { apps: "all", now: NOON }))?.state, "in_doubt")
})

test("a database of PostgreSQL that has been moved away is used like an old copy, on purpose only", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  {
    await using stores = (await openNode(database.url)).stores
    await stores.outbox.accept(aRequest())
  }
  await move({ kind: "postgres", url: database.url }, { kind: "sqlite", file: folder.file() })
  await assert.rejects(openNode(database.url), { code: "moved_away" })
  {
    const { stores, parkedMessages } = await openNode(database.url, { afterRestore: true, now: NOON + 10_000 })
    await using _ = stores
    assert.equal(parkedMessages, 1)
    assert.equal((await stores.reader.message("msg_1", { apps: "all", now: NOON }))?.state, "in_doubt")
  }
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  await using stores = (await open(folder.file())).stores
  assert.equal((await stores.reader.message("msg_1", { apps: "all", now: NOON }))?.state, "queued")
})

test("a move that is given up: gateways start on its source again, and its target is no one's", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const from = { kind: "sqlite", file: folder.file() } as const
  const to = { kind: "postgres", url: database.url } as const
  await fill(folder.file())
  const stopping = new AbortController()
  const stopped = move(from, to, {
    signal: stopping.signal,
    onProgress: ({ table }) => table === "calls" && stopping.abort(),
  })
  await assert.rejects(stopped, { name: "AbortError" })
  await giveUpMove({ from, masterKey: MASTER_KEY, now: NOON })
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  await assert.rejects(move(from, to), { code: "target_in_use" })
  await assert.rejects(openNode(database.url), { code: "move_unfinished" })
  await assert.rejects(giveUpMove({ from, masterKey: MASTER_KEY, now: NOON }), { code: "bad_move" })
})

// proves 13.L1: a database that is moved
test("what differs at the end is reported, and neither side is released", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const file = folder.file()
  await fill(file)
  const changed = move(
    { kind: "sqlite", file },
    { kind: "postgres", url: database.url },
    {
      onProgress({ table, doing, rows }) {
        if (table !== "messages" || rows > 0 || doing !== "comparing") return
        using db = new DatabaseSync(file)
        db.exec("update messages set due_at = 1 where id = 'msg_1'")
      },
    },
  )
  await assert.rejects(changed, (error) => {
    assert.ok(error instanceof MoveDiffers)
    const [differing, ...others] = error.counts.filter(({ digests }) => digests[0] !== digests[1])
    assert.deepEqual([differing?.name, differing?.rows, others], ["messages", [3, 3], []])
    return true
  })
  await assert.rejects(open(file), { code: "move_unfinished" })
  await assert.rejects(openNode(database.url), { code: "move_unfinished" })
})

test("another master key than that of the source is refused", async () => {
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  await fill(folder.file())
  const masterKey = new Uint8Array(32).fill(9)
  await assert.rejects(
    move({ kind: "sqlite", file: folder.file() }, { kind: "postgres", url: database.url }, { masterKey }),
    {
      code: "wrong_master_key",
    },
  )
})
