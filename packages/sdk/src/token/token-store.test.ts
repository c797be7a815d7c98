import assert from "node:assert/strict"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import type { TestContext } from "node:test"
import type { TokenRecord, TokenStore } from "../token-store.ts"
import { clientTokenStore } from "./client-token-store.ts"
import { fileTokenStore } from "./file-token-store.ts"
import { memoryTokenStore } from "./memory-token-store.ts"

const RECORD: TokenRecord = { token: "t", expiresAt: 7_200_000, refreshAt: 6_900_000, notBefore: 60_000 }
const REFUSAL: TokenRecord = { notBefore: 60_000, refusal: { errcode: 40001, errmsg: "invalid", api: "gettoken" } }

const STORES: Readonly<Record<string, (t: TestContext) => Promise<TokenStore>>> = {
  memory: () => Promise.resolve(memoryTokenStore()),
  file: async (t) => fileTokenStore({ directory: join(await aFolder(t), "cache") }),
  client: () => Promise.resolve(clientTokenStore(aClient().client)),
}

for (const [name, open] of Object.entries(STORES)) {
  test(`${name}: keeps one record for each key and the latest one`, async (t) => {
    const store = await open(t)
    assert.equal(await store.get("a"), undefined)
    await store.set("a", REFUSAL)
    await store.set("b", REFUSAL)
    await store.set("a", RECORD)
    assert.deepEqual(await store.get("a"), RECORD)
    assert.deepEqual(await store.get("b"), REFUSAL)
  })
}

test("file: folder and file are their owner's alone", async (t) => {
  const directory = join(await aFolder(t), "deep", "cache")
  await fileTokenStore({ directory }).set("a", RECORD)
  assert.equal((await stat(directory)).mode & 0o777, 0o700)
  const [file = ""] = await readdir(directory)
  assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600)
})

for (const broken of [
  "",
  "{",
  '{"token":"t"',
  "[]",
  "null",
  '{"token":1,"expiresAt":"x"}',
  '{"token":"t","refreshAt":null}',
]) {
  test(`file: a file that holds ${broken === "" ? "nothing" : broken} counts as missing`, async (t) => {
    const directory = await aFolder(t)
    const store = fileTokenStore({ directory })
    await store.set("a", RECORD)
    const [file = ""] = await readdir(directory)
    await writeFile(join(directory, file), broken)
    assert.equal(await store.get("a"), undefined)
    await store.set("a", REFUSAL)
    assert.deepEqual(await store.get("a"), REFUSAL)
  })
}

test("file: a key can name no file elsewhere", async (t) => {
  const store = fileTokenStore({ directory: await aFolder(t) })
  await assert.rejects(async () => store.get("../a"), TypeError)
})

test("file: nothing but the record is left behind", async (t) => {
  const directory = await aFolder(t)
  const store = fileTokenStore({ directory })
  await store.exclusively?.("a", () => store.set("a", RECORD))
  const files = await readdir(directory)
  assert.deepEqual(files, ["token-a.json"])
  assert.deepEqual(JSON.parse(await readFile(join(directory, "token-a.json"), "utf8")), RECORD)
})

test("client: the value is a JSON text under a name of ours, whatever the client gives back for a missing one", async () => {
  const { client, values } = aClient()
  await clientTokenStore(client).set("a", RECORD)
  assert.deepEqual([...values], [["wecom-push:token:a", JSON.stringify(RECORD)]])
  for (const missing of [null, undefined, "", "garbage", 7, {}]) {
    assert.equal(await clientTokenStore({ get: () => missing, set: () => undefined }).get("a"), undefined)
  }
})

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "token-store-"))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

/** As little as Redis and Keyv have in common. */
function aClient() {
  const values = new Map<string, string>()
  const client = {
    get: (key: string) => Promise.resolve(values.get(key) ?? null),
    set: (key: string, value: string) => Promise.resolve(values.set(key, value)),
  }
  return { client, values }
}
