import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { writeFileSync } from "node:fs"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { makeTestCertificate } from "../../../../sdk/src/testing/test-certificate.ts"
import { testConnection } from "../../store/postgres/testing/test-connection.ts"
import { startTlsFront } from "../../store/postgres/testing/tls-front.ts"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

/** Longer than it takes until each loop of a node has been refused. */
const REFUSED_MS = 3000

/** How two gateways connect to the database, and what an operator does to that while they run. */
interface Way {
  readonly url: string
  /** The text that callers get then. */
  readonly says: RegExp
  refuse(): Promise<void>
  allow(): Promise<void>
}

const WAYS: Readonly<Record<string, (url: string, resources: AsyncDisposableStack) => Promise<Way>>> = {
  "its role may not log in any more": (url, resources) =>
    roleOf(
      url,
      resources,
      (role) => [`alter role ${role} nologin`, `alter role ${role} login`],
      /The login is refused/,
    ),
  "its password was changed": (url, resources) =>
    roleOf(
      url,
      resources,
      (role) => [`alter role ${role} password 'other'`, `alter role ${role} password 'first'`],
      /The login is refused: password changed/,
    ),
  "its rights were taken": (url, resources) =>
    roleOf(
      url,
      resources,
      (role) => [`alter role ${role} nosuperuser`, `alter role ${role} superuser`],
      /The role lacks a right/,
    ),
  "its schema is called otherwise": (url, resources) =>
    roleOf(
      url,
      resources,
      () => ["alter schema wecom_push rename to put_aside", "alter schema put_aside rename to wecom_push"],
      /A schema, table, column or function is missing/,
    ),
  async "the server's certificate is not trusted"(url, resources) {
    const [good, bad] = [await makeTestCertificate(), await makeTestCertificate()]
    const front = resources.use(await startTlsFront(url, good))
    const root = resources.use(new TemporaryFolder()).file("root.pem")
    writeFileSync(root, good.cert)
    return {
      url: front.url(`?sslmode=verify-full&sslrootcert=${encodeURIComponent(root)}`),
      says: /its certificate is not trusted/,
      refuse: () => Promise.resolve(front.show(bad)),
      allow: () => Promise.resolve(front.show(good)),
    }
  },
}

/**
 * A role of its own with the password `first`.
 * @param statements one that takes a right from the role, and one that gives it back
 */
async function roleOf(
  url: string,
  resources: AsyncDisposableStack,
  statements: (role: string) => readonly [refuse: string, allow: string],
  says: RegExp,
): Promise<Way> {
  const role = `r_${randomUUID().replaceAll("-", "")}`
  const server = resources.adopt(testConnection({ connectionString: url }), (pool) => pool.end())
  await server.query(`create role ${role} login superuser password 'first'`)
  const [refuse, allow] = statements(role)
  const login = new URL(url.replace("@/", "@x/"))
  login.username = role
  login.password = "first"
  return {
    url: login.href.replace("@x/", "@/"),
    says,
    async refuse() {
      await server.query(refuse)
      // The list shows a connection only after its login, which may be under way at this moment.
      for (let looks = 0; looks < 10; looks++) {
        await server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [role])
        await sleep(50)
      }
    },
    allow: async () => void (await server.query(allow)),
  }
}

for (const [what, open] of Object.entries(WAYS)) {
  // proves 29.P2: a database that refuses
  test(`P2: while a database refuses two gateways, for ${what}, both say 503 with a time and continue when it does not`, async () => {
    await using resources = new AsyncDisposableStack()
    const several = resources.use(await startSeveral(0))
    const way = await open(several.url, resources)
    for (let count = 0; count < 2; count++) await several.start({ WECOM_PUSH_DATABASE_URL: way.url })
    const before = await post(several, 0, "before")
    await several.until(0, before.json.id, "sent")

    await way.refuse()
    const said = new Set<string>()
    for (const until = performance.now() + REFUSED_MS; performance.now() < until; await sleep(100)) {
      for (const gateway of [0, 1]) {
        const refused = await post(several, gateway, "refused")
        assert.equal(refused.status, 503, refused.text)
        assert.ok(Number(refused.headers.get("retry-after")) > 0)
        said.add(refused.json.detail)
      }
    }
    assert.match([...said].join("\n"), way.says)
    assert.doesNotMatch([...said].join("\n"), /disk/)
    for (const gateway of [0, 1]) {
      assert.equal((await several.request(gateway, "/readyz")).status, 503)
      assert.equal((await several.request(gateway, "/healthz")).status, 200)
    }

    await way.allow()
    for (const gateway of [0, 1]) {
      while ((await several.request(gateway, "/readyz")).status !== 200) await sleep(20)
      let after = await post(several, gateway, `after, through ${gateway}`)
      for (; after.status === 503; after = await post(several, gateway, `after, through ${gateway}`)) await sleep(20)
      assert.equal(after.status, 202, after.text)
      await several.until(gateway, after.json.id, "sent")
    }
    const shown = (await several.phone("zhangsan")).map((message) => String(message["body"]["text"]["content"]))
    assert.deepEqual(shown.toSorted(), ["after, through 0", "after, through 1", "before"])
  })
}

function post(several: Several, gateway: number, content: string) {
  return several.request(gateway, "/v1/messages", {
    body: { to: { users: ["zhangsan"] }, msgtype: "text", text: { content } },
  })
}
