import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import type { Pool } from "pg"
import { newDatabase, serverVersion } from "../../../gateway/src/store/postgres/testing/cluster.ts"
import { newMigratedDatabase } from "../../../gateway/src/store/postgres/testing/migrated-database.ts"
import { testConnection } from "../../../gateway/src/store/postgres/testing/test-connection.ts"
import { startBench } from "../testing/try-command.ts"
import type { Bench, Ran } from "../testing/try-command.ts"

const ADMIN_KEY = "an-admin-key-of-more-than-32-characters"
const POSTS = Array.from({ length: 30 }, (_, n) => `no ${n}`)
const HAN = /[\u4e00-\u9fff]/

/** A database, and a role that owns it and not what is in it. */
interface Place {
  readonly url: string
  readonly role: string
  readonly name: string
  /** As an administrator, in that database. */
  readonly admin: Pool
}

async function newPlace(resources: AsyncDisposableStack, make = newDatabase): Promise<Place> {
  const { url, name } = resources.use(await make())
  const admin = resources.adopt(testConnection({ connectionString: url }), (pool) => pool.end())
  const role = `r_${randomUUID().replaceAll("-", "")}`
  await admin.query(`create role ${role} login password 'p'`)
  await admin.query(`alter database ${name} owner to ${role}`)
  return { url: url.replace("postgres:postgres@", `${role}:p@`), role, name, admin }
}

type Spoil = (place: Place) => readonly string[]

const ON_OUR_TABLES = ["wecom_push", "wecom_push_jobs"]

const REFUSED: readonly {
  readonly what: string
  readonly has?: "tables"
  readonly spoil: Spoil
  readonly code: 2 | 3
  readonly says: RegExp
}[] = [
  {
    what: "a schema wecom_push of another program",
    spoil: () => ["create schema wecom_push", "create table wecom_push.notes (n integer)"],
    code: 2,
    says: /wecom_push/,
  },
  {
    what: "a schema wecom_push_jobs of another program",
    spoil: () => ["create schema wecom_push_jobs"],
    code: 2,
    says: /wecom_push_jobs/,
  },
  {
    what: "tables of a newer version",
    has: "tables",
    spoil: ({ role }) => [
      `alter role ${role} superuser`,
      "insert into wecom_push.kysely_migration select 'newer-' || n, '2030' from generate_series(1, 9) as n",
      "update wecom_push.meta set value = '100' where name = 'compatible_from'",
    ],
    code: 2,
    says: /(?:schema|结构版本) \d+/,
  },
  {
    what: "schemas of another role",
    has: "tables",
    spoil: () => [],
    code: 2,
    says: /REASSIGN OWNED BY … TO r_/,
  },
  {
    what: "tables of another role, which may only be read",
    has: "tables",
    spoil: ({ role }) =>
      ON_OUR_TABLES.flatMap((schema) => [
        `grant usage, create on schema ${schema} to ${role}`,
        `grant select on all tables in schema ${schema} to ${role}`,
      ]),
    code: 2,
    says: /REASSIGN OWNED BY … TO r_/,
  },
  {
    what: "no right to CREATE",
    spoil: ({ name }) => [`alter database ${name} owner to postgres`],
    code: 2,
    says: /GRANT CREATE ON DATABASE … TO r_/,
  },
  {
    what: "a role that only reads",
    spoil: ({ role }) => [`alter role ${role} set default_transaction_read_only = on`],
    code: 2,
    says: /default_transaction_read_only/,
  },
  {
    what: "a database that is only read",
    spoil: ({ name }) => [`alter database ${name} set default_transaction_read_only = on`],
    code: 2,
    says: /default_transaction_read_only/,
  },
  {
    what: "no connection left",
    spoil: ({ role }) => [`alter role ${role} connection limit 0`],
    code: 3,
    says: /max_connections/,
  },
]

// proves 29.bad: a database that will not do
test("29.bad: a database that will not do is named by serve and doctor in both languages, with what to do, before anything is changed", async () => {
  await using bench = await startBench()
  for (const { what, has, spoil, code, says } of REFUSED) {
    await using resources = new AsyncDisposableStack()
    const place = await newPlace(resources, has === "tables" ? newMigratedDatabase : newDatabase)
    for (const statement of spoil(place)) await place.admin.query(statement)
    const before = await contentOf(place)
    const env = environmentOf(place)
    for (const language of ["en", "zh"]) {
      const served = await bench.run(["serve", "--port", "0", "--lang", language], { env })
      assert.equal(served.code, code, `${what}: ${served.stderr}`)
      const checked = await bench.run(["doctor", "--database", "--lang", language], { env })
      assert.equal(checked.code, 3, `${what}: ${checked.stdout}`)
      for (const text of [served.stderr, failuresIn(checked)]) {
        assert.match(text, says, what)
        assert.equal(HAN.test(text), language === "zh", `${what}: ${text}`)
      }
    }
    assert.deepEqual(await contentOf(place), before, what)
  }
})

const VERSION = await serverVersion()
const SURVIVED: Readonly<Record<string, Spoil>> = {
  "search path, time zone and form of dates": ({ role, name }) => [
    "create schema others",
    "create function others.now() returns timestamptz language sql as 'select null::timestamptz'",
    `alter role ${role} set search_path = 'others', 'pg_catalog'`,
    `alter role ${role} set datestyle = 'German'`,
    `alter role ${role} set timezone = 'Asia/Shanghai'`,
    `alter database ${name} set timezone = 'America/St_Johns'`,
  ],
  "default_transaction_isolation = serializable": ({ role }) => [
    `alter role ${role} set default_transaction_isolation = 'serializable'`,
  ],
  "default_transaction_isolation = repeatable read": ({ name }) => [
    `alter database ${name} set default_transaction_isolation = 'repeatable read'`,
  ],
  "short timeouts of statements, locks and resting sessions": ({ role }) => [
    `alter role ${role} set statement_timeout = '1s'`,
    `alter role ${role} set lock_timeout = '1ms'`,
    `alter role ${role} set idle_in_transaction_session_timeout = '1s'`,
    ...(VERSION < 140_000 ? [] : [`alter role ${role} set idle_session_timeout = '500ms'`]),
  ],
}

for (const [what, spoil] of Object.entries(SURVIVED)) {
  // proves 29.bad: how a role or database is set
  test(`29.bad: a gateway makes its tables and sends whatever role and database are set to: ${what}`, async () => {
    await using resources = new AsyncDisposableStack()
    const bench = resources.use(await startBench())
    const place = await newPlace(resources)
    for (const statement of spoil(place)) await place.admin.query(statement)
    const gateway = resources.use(await serve(bench, place))
    const answers = await Promise.all(POSTS.map((content) => gateway.post(content)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
    while ((await bench.shown()).length < POSTS.length) await sleep(20)
    const shown = (await bench.shown()).map(({ body }) => String(Object(body["text"]).content))
    assert.deepEqual(shown.toSorted(), POSTS.toSorted())
    const checked = await bench.run(["doctor", "--database"], { env: environmentOf(place) })
    // The server of the tests keeps nothing.
    assert.doesNotMatch(failuresIn(checked).replace(/.*durability.*\n.*/, ""), /✗/, checked.stdout)
  })
}

// proves 29.bad: no connection left
test("29.bad: while a running gateway gets no connection it answers 503 with a time, and sends again when there are some", async () => {
  await using resources = new AsyncDisposableStack()
  const bench = resources.use(await startBench())
  const place = await newPlace(resources)
  const gateway = resources.use(await serve(bench, place))
  await place.admin.query(`alter role ${place.role} connection limit 0`)
  await place.admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [place.role])
  let refused = await gateway.post("refused")
  // The end of a connection may be seen after the answer to what was asked on it.
  for (; refused.status === 202; refused = await gateway.post("refused")) await sleep(20)
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get("retry-after")) > 0)
  await place.admin.query(`alter role ${place.role} connection limit -1`)
  while ((await gateway.post("after")).status !== 202) await sleep(50)
  const isShown = async (): Promise<boolean> => JSON.stringify(await bench.shown()).includes("after")
  while (!(await isShown())) await sleep(20)
})

function environmentOf({ url }: Place): Readonly<Record<string, string>> {
  return {
    WECOM_PUSH_DATABASE_URL: url,
    WECOM_PUSH_DATABASE_WAIT_SECONDS: "0",
    WECOM_PUSH_MASTER_KEY: "ab".repeat(32),
    WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: "silent",
  }
}

interface Served extends AsyncDisposable {
  post(content: string): Promise<Response>
}

async function serve(bench: Bench, place: Place): Promise<Served> {
  const ending = new AbortController()
  const url = Promise.withResolvers<string>()
  let told = ""
  const running = bench.run(["serve", "--port", "0", "--json"], {
    env: environmentOf(place),
    signal: ending.signal,
    realTime: true,
    onOutput(text) {
      told += text
      const found = /"url":"(http[^"]+)"/.exec(told)?.[1]
      if (found !== undefined) url.resolve(found)
    },
  })
  const started = await Promise.race([url.promise, running])
  assert.ok(typeof started === "string", told)
  return {
    post: (content) =>
      fetch(`${started}/v1/messages`, {
        method: "POST",
        headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ to: { users: ["zhangsan"] }, msgtype: "text", text: { content } }),
      }),
    async [Symbol.asyncDispose]() {
      ending.abort()
      assert.equal((await running).code, 0)
    },
  }
}

/** The faults that doctor finds, with their hints. */
function failuresIn({ stdout }: Ran): string {
  return stdout.match(/^.*✗.*$(?:\n\s+→.*$)?/gm)?.join("\n") ?? ""
}

/** How many rows each table of ours has. */
async function contentOf({ admin }: Place): Promise<readonly unknown[]> {
  const { rows } = await admin.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.tables
      where table_schema like 'wecom_push%' order by 1`,
  )
  const found: unknown[] = []
  for (const { name } of rows) found.push([name, (await admin.query(`select count(*) from ${name}`)).rows])
  return found
}
