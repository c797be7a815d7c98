import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { newBucket } from "../packages/gateway/src/files/testing/object-server.ts"
import { newDatabase } from "../packages/gateway/src/store/postgres/testing/cluster.ts"
import { packCommand } from "./packed-command.ts"

const KEY = "an-admin-key-of-more-than-32-characters"
const headers = { authorization: `Bearer ${KEY}` }

interface Serving extends AsyncDisposable {
  /** The address of the gateway; undefined when it has ended. */
  readonly url: string | undefined
}

async function serve(
  packed: { readonly command: string; readonly home: string },
  env: Readonly<Record<string, string>>,
): Promise<Serving> {
  const child = spawn(process.execPath, [packed.command, "serve", "--port", "0", "--json"], {
    cwd: packed.home,
    env: { WECOM_PUSH_ADMIN_KEY: KEY, WECOM_PUSH_MASTER_KEY: "07".repeat(32), ...env },
    stdio: ["ignore", "pipe", "ignore"],
  })
  const ended = once(child, "exit")
  let url: string | undefined
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{"url"')) url = (JSON.parse(line) as { url: string }).url
    if (url !== undefined) break
  }
  child.stdout.resume()
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM")
      await ended
    },
  }
}

function digest(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex")
}

async function json(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

/** A preload that ends the process when it loads the client of a bucket. */
const WITHOUT_CLIENT = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module"
  registerHooks({ resolve: (specifier, context, next) => {
    if (/s3-bucket|@aws-sdk/.test(specifier)) throw new Error("the client of a bucket is loaded")
    return next(specifier, context)
  } })`)}`

suite("the published command", () => {
  test("takes a file into a bucket, and sends it", async () => {
    await using packed = await packCommand()
    await using database = await newDatabase()
    await using bucket = await newBucket()
    await using simulator = await startSimulator({ port: 0 })
    await using gateway = await serve(packed, {
      WECOM_PUSH_DATABASE_URL: database.url,
      WECOM_API_BASE_URL: simulator.url,
      WECOM_CORP_ID: simulator.org.corp_id,
      WECOM_AGENT_ID: "1000002",
      WECOM_APP_SECRET: "sim-secret-alerts",
      ...bucket.environment,
    })
    const bytes = randomBytes(2_000_000)
    const form = new FormData()
    form.set("type", "file")
    form.set("file", new Blob([bytes]), "a.bin")
    const { id: medium } = await json(await fetch(`${gateway.url}/v1/media`, { method: "POST", headers, body: form }))
    assert.equal((await bucket.objects()).length, 1)
    const body = JSON.stringify({ to: { users: ["zhangsan"] }, msgtype: "file", file: { media_id: medium } })
    const sending = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body }
    const { id } = await json(await fetch(`${gateway.url}/v1/messages`, sending))
    const told = async (): Promise<unknown> =>
      (await json(await fetch(`${gateway.url}/v1/messages/${String(id)}`, { headers })))["state"]
    while ((await told()) !== "sent") await sleep(20)
    const { messages } = (await json(await fetch(`${simulator.url}/_sim/messages?userid=zhangsan`))) as {
      messages: readonly { readonly body: { readonly file: { readonly media_id: string } } }[]
    }
    const shown = await fetch(`${simulator.url}/_sim/media/${messages[0]?.body.file.media_id}`)
    assert.equal(digest(new Uint8Array(await shown.arrayBuffer())), digest(bytes))
  })

  // proves 30.sizes: a page's script held twice, not thrice
  test("30: gives the script of the API page packed in either way, and as it is, which the package does not hold", async () => {
    await using packed = await packCommand()
    await using gateway = await serve(packed, { WECOM_PUSH_DATABASE_URL: "sqlite:./page.db" })
    const texts = await Promise.all(
      ["br", "gzip", "identity"].map(async (encoding) => {
        const answer = await fetch(`${gateway.url}/docs/scalar.js`, { headers: { "accept-encoding": encoding } })
        assert.equal(answer.headers.get("content-encoding") ?? "identity", encoding)
        return digest(new Uint8Array(await answer.arrayBuffer()))
      }),
    )
    assert.equal(new Set(texts).size, 1)
    assert.ok(!existsSync(join(packed.home, "node_modules/@wecom-push/gateway/dist/scalar.js")))
  })

  test("loads the client of a bucket only where one is named", async () => {
    await using packed = await packCommand()
    await using database = await newDatabase()
    await using bucket = await newBucket()
    const env = { WECOM_PUSH_DATABASE_URL: database.url, NODE_OPTIONS: `--import=${WITHOUT_CLIENT}` }
    await using without = await serve(packed, env)
    assert.ok(without.url)
    await using file = await serve(packed, { ...env, WECOM_PUSH_DATABASE_URL: "sqlite:./a.db" })
    assert.ok(file.url)
    await using withBucket = await serve(packed, { ...env, ...bucket.environment })
    assert.equal(withBucket.url, undefined)
  })
})
