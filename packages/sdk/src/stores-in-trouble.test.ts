import assert from "node:assert/strict"
import { readdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { image, text } from "./builders.ts"
import type { WeComOptions } from "./client-options.ts"
import type { LookupStore } from "./lookup-store.ts"
import type { MediaStore } from "./media-store.ts"
import { fileLookupStore } from "./people/file-lookup-store.ts"
import { aFolder } from "./testing/a-folder.ts"
import { PNG } from "./testing/sample-media.ts"
import { simulatedWeCom } from "./testing/simulated-wecom.ts"
import type { TokenStore } from "./token-store.ts"
import { fileTokenStore } from "./token/file-token-store.ts"
import { memoryTokenStore } from "./token/memory-token-store.ts"

const hang = () => Promise.withResolvers<never>().promise
const MOBILE = "13800000001"

// proves 11.S5: stores that hang
test("a look-up store that hangs costs its own time and a warning, not the message", { timeout: 20_000 }, async () => {
  await using world = await watched({ lookupStore: { get: hang, set: hang, getPause: hang, setPause: hang } })
  const { recipients } = await world.wecom.send({ mobiles: [MOBILE] }, text("你好"))
  assert.deepEqual(statesOf(recipients), ["sent"])
  assert.deepEqual(world.warnings(), ["lookup_store_failed STORE_TIMEOUT"])
})

// proves 11.S5: stores that hang
test("a media store that hangs costs another upload, not the message", { timeout: 20_000 }, async () => {
  await using world = await watched({ mediaStore: { get: hang, set: hang } })
  const { recipients } = await world.wecom.send({ mobiles: [MOBILE] }, image(new Blob([PNG])))
  assert.deepEqual(statesOf(recipients), ["sent"])
  assert.deepEqual(world.warnings(), ["media_store_failed STORE_TIMEOUT"])
})

for (const call of ["get", "set", "exclusively"] as const) {
  // proves 11.S5: stores that hang
  test(`a token store whose ${call} hangs costs a warning: the message goes out`, { timeout: 20_000 }, async () => {
    const memory = memoryTokenStore()
    const tokenStore: TokenStore = { ...memory, exclusively: (_key, task) => task(), [call]: hang }
    await using world = await watched({ tokenStore })
    const { recipients } = await world.wecom.send({ mobiles: [MOBILE] }, text("你好"))
    assert.deepEqual(statesOf(recipients), ["sent"])
    assert.equal((await world.calls("gettoken")).length, 1)
    assert.match(world.warnings().join(), /^token_store_failed no answer within \d+ ms$/)
  })
}

// proves 11.S5: stores that hang
test("while a token near its end is still good, a store that hangs keeps no message from going out", async () => {
  let hangs = false
  const memory = memoryTokenStore()
  const orHang = <T>(work: () => Promise<T>): Promise<T> => (hangs ? hang() : work())
  const tokenStore: TokenStore = {
    get: (key) => orHang(() => memory.get(key)),
    set: (key, record) => orHang(() => memory.set(key, record)),
    exclusively: (_key, task) => orHang(task),
  }
  await using world = await watched({ tokenStore, timeoutMs: 10_000 })
  await world.wecom.send({ users: ["zhangsan"] }, text("1"))
  hangs = true
  await world.advance(7200 - 60)
  const { recipients } = await world.wecom.send({ users: ["zhangsan"] }, text("2"))
  assert.deepEqual(statesOf(recipients), ["sent"])
})

// proves 11.S5: stores that hang
test("a turn that comes when no caller waits for it any more is not used", async () => {
  const turns: (() => Promise<unknown>)[] = []
  const exclusively: TokenStore["exclusively"] = (_key, task) => {
    turns.push(task)
    return hang()
  }
  await using world = await watched({ tokenStore: { ...memoryTokenStore(), exclusively } })
  await world.wecom.send({ users: ["zhangsan"] }, text("你好"))
  await assert.rejects(turns[0]?.() ?? assert.fail("no turn"))
  assert.equal((await world.calls("gettoken")).length, 1)
})

// proves 11.S5: stores that hang
test("a store that hung is left out for a while: many look-ups wait for it once", { timeout: 20_000 }, async () => {
  const asked: string[] = []
  const hung = (name: string) => (): Promise<never> => {
    asked.push(name)
    return hang()
  }
  const lookupStore = { get: hung("get"), set: hung("set"), getPause: hung("getPause"), setPause: hung("setPause") }
  await using world = await watched({ lookupStore })
  await world.wecom.send({ mobiles: [MOBILE] }, text("1"))
  await world.wecom.send({ mobiles: [MOBILE] }, text("2"))
  assert.deepEqual(asked, ["get"])
})

// proves 11.S6: locks left behind
test("locks that a container left when it was ended cost seconds and warnings, not the message", async () => {
  await using folder = await aFolder()
  const directory = folder.path
  const stores = () => ({
    tokenStore: fileTokenStore({ directory }),
    lookupStore: fileLookupStore({ directory }),
    storeTimeoutMs: 1500,
  })
  await using world = await watched(stores())
  await world.wecom.send({ mobiles: [MOBILE] }, text("1"))
  for (const name of await readdir(directory)) {
    await rm(join(directory, name))
    await writeFile(join(directory, name.replace(/^(token-.*)\.json$/, "$1.lock")), "1 0123456789abcdef")
  }
  for (let shard = 0; shard < 64; shard++) {
    const name = `lookups-${String(shard).padStart(2, "0")}.json.lock`
    await writeFile(join(directory, name), "1 0123456789abcdef boot/pid:[1] 100")
  }
  const startedAt = performance.now()
  const { recipients } = await world.another(stores()).send({ mobiles: [MOBILE] }, text("2"))
  assert.deepEqual(statesOf(recipients), ["sent"])
  // A minute was what it took before. The warnings show that it did not wait until the locks might be taken over.
  assert.ok(performance.now() - startedAt < 30_000)
  const [lookups, token, ...others] = world.warnings().toSorted()
  assert.equal(lookups, "lookup_store_failed ELOCKED")
  assert.match(token ?? "", /^token_store_failed another process holds .*\.lock; if none is running, delete that file$/)
  assert.deepEqual(others, [])
})

for (const [what, answer] of Object.entries({
  null: null,
  "no list": { 0: "zhangsan" },
  "a shorter list": [],
  "a text": ["zhangsan"],
  "a record without its time": [{ userid: "zhangsan" }],
})) {
  // proves 11.S19: nonsense from stores and WeCom
  test(`a look-up store that answers ${what} counts as failed: a warning, and WeCom is asked`, async () => {
    const answers = answering(answer)
    const lookupStore: LookupStore = { get: answers, set: answers, getPause: answers, setPause: answers }
    await using world = await watched({ lookupStore })
    const { recipients } = await world.wecom.send({ mobiles: [MOBILE] }, text("你好"))
    assert.deepEqual(statesOf(recipients), ["sent"])
    assert.deepEqual(world.warnings(), ["lookup_store_failed STORE_ANSWER"])
  })
}

test("a store that answers null for what it does not know, as JSON stores do, is well", async () => {
  const lookupStore: LookupStore = {
    get: (keys) => Promise.resolve(keys.map(() => null as never)),
    set: () => Promise.resolve(),
    getPause: () => Promise.resolve(null as never),
    setPause: () => Promise.resolve(),
  }
  const nothing: MediaStore = { get: () => Promise.resolve(null as never), set: () => Promise.resolve() }
  const tokenStore: TokenStore = { get: () => Promise.resolve(null as never), set: () => Promise.resolve() }
  await using world = await watched({ lookupStore, mediaStore: nothing, tokenStore })
  const { recipients } = await world.wecom.send({ mobiles: [MOBILE] }, image(new Blob([PNG])))
  assert.deepEqual(statesOf(recipients), ["sent"])
  assert.deepEqual(world.warnings(), [])
})

// proves 11.S19: nonsense from stores and WeCom
test("media and token stores that answer nonsense count as failed", async () => {
  const nonsense = answering("nonsense")
  await using world = await watched({
    mediaStore: { get: nonsense, set: nonsense },
    tokenStore: { get: nonsense, set: nonsense, exclusively: nonsense },
  })
  const { recipients } = await world.wecom.send({ mobiles: [MOBILE] }, image(new Blob([PNG])))
  assert.deepEqual(statesOf(recipients), ["sent"])
  assert.deepEqual(world.warnings().toSorted(), [
    "media_store_failed STORE_ANSWER",
    "token_store_failed the store's answer to exclusively cannot be used",
    "token_store_failed the store's answer to get cannot be used",
  ])
})

function answering(answer: unknown) {
  return (): never => answer as never
}

function statesOf(recipients: readonly { readonly state: string }[]): string[] {
  return recipients.map(({ state }) => state)
}

async function watched(options: Partial<WeComOptions>) {
  const warnings = new Set<string>()
  const hooks: WeComOptions["hooks"] = { onWarning: ({ warning, detail }) => void warnings.add(`${warning} ${detail}`) }
  const world = await simulatedWeCom({ storeTimeoutMs: 100, hooks, ...options })
  return { ...world, warnings: () => [...warnings] }
}
