import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { makeTestCertificate } from "../../../../sdk/src/testing/test-certificate.ts"
import { TemporaryFolder } from "../testing/open-store.ts"
import { connect } from "./connection.ts"
import { tlsOf, tlsProblem } from "./database-tls.ts"
import { Session } from "./session.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { startTlsFront } from "./testing/tls-front.ts"

const ADDRESS = "postgres://u:canary@db.example/d"

function withVariable(t: TestContext, name: string, value?: string): void {
  const before = process.env[name]
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
  t.after(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

// proves 28.D7: TLS to PostgreSQL
test("D7: an address gets TLS that is verified, or none; an address that leaves it open or unverified is refused", (t) => {
  withVariable(t, "PGSSLMODE")
  const table: readonly (readonly [query: string, outcome: "none" | "verified" | RegExp])[] = [
    ["", "none"],
    ["?application_name=a", "none"],
    ["?sslmode=disable", "none"],
    ["?ssl=false", "none"],
    ["?sslmode=require", "verified"],
    ["?sslmode=verify-ca", "verified"],
    ["?sslmode=verify-full", "verified"],
    ["?ssl=true", "verified"],
    ["?sslnegotiation=direct", "verified"],
    ["?sslmode=verify-full&uselibpqcompat=false", "verified"],
    ["?sslmode=no-verify", /^sslmode=no-verify leaves the server's certificate unchecked/],
    ["?ssl=no-verify", /^ssl=no-verify leaves/],
    ["?ssl%6Dode=no-verify", /^sslmode=no-verify leaves/],
    ["?sslmode=require&uselibpqcompat=true", /^uselibpqcompat leaves/],
    ["?sslmode=allow", /^sslmode=allow leaves it to the server/],
    ["?sslmode=prefer", /^sslmode=prefer leaves it to the server/],
    ["?sslmode=verify_full", /^sslmode is none of/],
    ["?sslmode=", /^sslmode is none of/],
    // `pg` would ignore them, and send the password unencrypted.
    ["?SSLMODE=verify-full", /parameter SSLMODE is not known/],
    ["?sslmod=verify-full", /parameter sslmod is not known/],
    ["?requiressl=1", /parameter requiressl is not known/],
    ["?sslmode=verify-full&sslmode=disable", /^sslmode says more than once/],
    ["?ssl=1&sslmode=disable", /^ssl, sslmode says more than once/],
    ["?sslmode=verify-full&sslrootcert=/no/such/file", /^the file that sslrootcert names cannot be read/],
    ["?sslmode=verify-full&sslcert=/no/such/file", /^the file that sslcert names cannot be read/],
    ["?sslnegotiation=fast", /^sslnegotiation is neither/],
    ["?sslmode=disable&sslnegotiation=direct", /^sslnegotiation applies to TLS only/],
  ]
  for (const [query, outcome] of table) {
    const problem = tlsProblem(ADDRESS + query)
    if (outcome instanceof RegExp) {
      assert.match(problem?.en ?? "", outcome, query)
      assert.match(problem?.zh ?? "", /[\u4e00-\u9fff]/, query)
      assert.doesNotMatch(`${problem?.en}${problem?.zh}`, /canary/)
      continue
    }
    assert.equal(problem, undefined, query)
    const { ssl, connectionString } = tlsOf(ADDRESS + query)
    assert.deepEqual(ssl, outcome === "none" ? false : { rejectUnauthorized: true }, query)
    assert.doesNotMatch(connectionString ?? "", /ssl/, query)
  }
  assert.equal(
    tlsOf("postgres://u@/d?host=%2Frun%2Fpg&sslmode=require&port=1").connectionString,
    "postgres://u@/d?host=%2Frun%2Fpg&port=1",
  )
})

test("D7: PGSSLMODE counts for an address without TLS parameters, by the same rules", (t) => {
  withVariable(t, "PGSSLMODE", "verify-full")
  assert.deepEqual(tlsOf(ADDRESS).ssl, { rejectUnauthorized: true })
  assert.equal(tlsOf(`${ADDRESS}?sslmode=disable`).ssl, false)
  process.env["PGSSLMODE"] = "no-verify"
  assert.match(tlsProblem(ADDRESS)?.en ?? "", /^PGSSLMODE=no-verify leaves/)
  assert.equal(tlsProblem(`${ADDRESS}?sslmode=verify-full`), undefined)
})

// proves 28.D7: TLS to PostgreSQL
test("D7: no password goes to a server whose certificate is not trusted, whatever the environment says", async (t) => {
  withVariable(t, "NODE_TLS_REJECT_UNAUTHORIZED", "0")
  t.mock.method(process, "emitWarning", () => undefined)
  await using database = await newDatabase()
  await using front = await startTlsFront(database.url, await makeTestCertificate())
  for (const mode of ["require", "verify-ca", "verify-full"]) {
    await assert.rejects(openNode(front.url(`?sslmode=${mode}`), { waitMs: 60_000 }), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /not even the password was sent: self-signed certificate.*sslrootcert=FILE/)
      return true
    })
  }
  await assert.rejects(openNode(front.url("?sslmode=no-verify")), /sslmode=no-verify leaves the server's certificate/)
  assert.equal(front.connections, 3)
  assert.equal(front.heard, "")
})

test("D7: a server with a named root is reached under TLS, by every connection of a node; one of another host name is not", async (t) => {
  withVariable(t, "NODE_TLS_REJECT_UNAUTHORIZED", "0")
  t.mock.method(process, "emitWarning", () => undefined)
  using folder = new TemporaryFolder()
  await using database = await newDatabase()
  const certificate = await makeTestCertificate()
  const root = folder.file("root.pem")
  writeFileSync(root, certificate.cert)
  await using front = await startTlsFront(database.url, certificate)
  const url = front.url(`?sslmode=verify-full&sslrootcert=${encodeURIComponent(root)}`)
  await (await openNode(url)).stores[Symbol.asyncDispose]()
  assert.match(front.heard, /user\0postgres/)
  assert.match(front.heard, /application_name\0wecom-push session/)
  assert.match(front.heard, /application_name\0wecom-push jobs/)

  const other = await makeTestCertificate({ names: ["elsewhere.example"], addresses: [] })
  writeFileSync(root, other.cert)
  await using elsewhere = await startTlsFront(database.url, other)
  // libpq would accept it with `verify-ca`; here that means the same as `verify-full`.
  const byAnother = elsewhere.url(`?sslmode=verify-ca&sslrootcert=${encodeURIComponent(root)}`)
  await assert.rejects(openNode(byAnother), /not even the password was sent: Hostname\/IP does not match/)
  assert.equal(elsewhere.heard, "")
})

test("D7: pools and sessions refuse as a start does: nothing else opens a connection", async (t) => {
  withVariable(t, "PGSSLMODE")
  const url = `${ADDRESS}?sslmode=no-verify`
  assert.throws(() => connect({ url, maxConnections: 1, onLost: () => {} }), { name: "TlsRefusal" })
  await assert.rejects(Session.open({ url, node: 1, onLost: () => {} }), { name: "TlsRefusal" })
})
