import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { adminKey, startGatewayBench } from "../testing/gateway-bench.ts"
import { start } from "../testing/start-process.ts"
import { secret, startBench } from "../testing/try-command.ts"
import type { Bench, Ran, RunOptions } from "../testing/try-command.ts"

const corp = { WECOM_CORP_ID: "ww0000000000000001", WECOM_AGENT_ID: "1000002" }
const send = ["send", "--user", "zhangsan", "--text", "x"]

/** A stranger's server that keeps all it receives. */
async function stranger(): Promise<AsyncDisposable & { readonly url: string; readonly heard: string[] }> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
    response.end("{}")
  })
    .on("connect", (request, socket) => {
      heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")
    })
    .listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

function faultPaths(ran: Ran): string[] {
  return ran.json.error?.faults.map(({ path }) => path) ?? []
}

async function blank(bench: Bench, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return bench.run(argv, { blank: true, ...options })
}

// proves 11.S3: addresses and secrets
test("an app's secret from the environment never goes to an address from .env: exit 2, both places named, in both languages", async () => {
  await using bench = await startBench()
  await using other = await stranger()
  await bench.file(".env", `WECOM_API_BASE_URL=${other.url}\n`)
  const env = { ...corp, WECOM_APP_SECRET: secret }
  for (const argv of [
    send,
    ["lookup", "--mobile", "13800000001"],
    ["recall", "m-1"],
    ["doctor"],
    ["listen", "--port", "0"],
  ]) {
    for (const [lang, sentence] of [
      ["en", /comes from \.env, WECOM_APP_SECRET from environment.*--base-url http.*set WECOM_API_BASE_URL/],
      ["zh", /来自\.env，而 WECOM_APP_SECRET 来自环境变量.*--base-url http/],
    ] as const) {
      const ran = await blank(bench, [...argv, "--lang", lang], { env })
      assert.equal(ran.code, 2, `${argv.join(" ")}: ${ran.stdout}${ran.stderr}`)
      assert.match(ran.stdout + ran.stderr, sentence)
    }
  }
  assert.deepEqual(other.heard, [])
})

// proves 11.S3: addresses and secrets
test("the command as a process sends nothing to the address of a folder from elsewhere", async () => {
  await using bench = await startBench()
  await bench.file(".env", `WECOM_API_BASE_URL=${bench.url}\n`)
  const ran = await start([...send, "--json"], bench.folder, { ...corp, WECOM_APP_SECRET: secret }).ended()
  assert.equal(ran.code, 2)
  assert.deepEqual(await bench.shown(), [])
  assert.deepEqual(await bench.calls("gettoken"), [])
})

// proves 11.S3: addresses and secrets
test("the address counts when it comes from the secret's own layer, from a stronger one, or from a flag", async () => {
  await using bench = await startBench()
  const address = `WECOM_API_BASE_URL=${bench.url}\n`
  const env = { ...corp, WECOM_APP_SECRET: secret }
  await bench.file("secret.txt", secret)
  await bench.file("app.yaml", `app_secret: ${secret}\n`)
  await bench.file(".env", address)
  assert.equal((await blank(bench, [...send, "--base-url", bench.url], { env })).code, 0)
  assert.equal((await blank(bench, send, { env: { ...env, WECOM_API_BASE_URL: bench.url } })).code, 0)
  assert.equal((await blank(bench, [...send, "--config", "app.yaml"], { env: corp })).code, 0)
  assert.equal((await blank(bench, [...send, "--secret-file", "secret.txt"], { env: corp })).code, 2)
  const both = { ...corp, WECOM_API_BASE_URL: bench.url }
  assert.equal((await blank(bench, [...send, "--secret-file", "secret.txt"], { env: both })).code, 0)
  await bench.file(".env", `${address}WECOM_APP_SECRET=${secret}\n`)
  assert.equal((await blank(bench, send, { env: corp })).code, 0)
})

test("an address from --config is refused for a secret from .env or from the environment", async () => {
  await using bench = await startBench()
  await using other = await stranger()
  await bench.file("app.yaml", `api_base_url: ${other.url}\n`)
  const argv = [...send, "--json", "--config", "app.yaml"]
  assert.deepEqual(faultPaths(await blank(bench, argv, { env: { ...corp, WECOM_SECRET: secret } })), ["api_base_url"])
  await bench.file(".env", `WECOM_APP_SECRET=${secret}\n`)
  const ran = await blank(bench, argv, { env: corp })
  assert.deepEqual([ran.code, faultPaths(ran)], [2, ["api_base_url"]])
  assert.match(ran.json.error?.faults[0]?.message ?? "", /comes from config file, WECOM_APP_SECRET from \.env/)
  assert.deepEqual(other.heard, [])
})

// proves 11.S3: addresses and secrets
test("a gateway's key from the environment never goes to a gateway that .env names", async () => {
  await using bench = await startBench()
  await using other = await stranger()
  await bench.file(".env", `WECOM_PUSH_URL=${other.url}\n`)
  const env = { WECOM_PUSH_KEY: "wp_of_the_environment" }
  for (const argv of [send, ["status", "msg_1"], ["tail"], ["keys"], ["apps"], ["doctor"], ["recall", "msg_1"]]) {
    const ran = await blank(bench, [...argv, "--lang", "en"], { env, realTime: true })
    assert.equal(ran.code, 2, `${argv.join(" ")}: ${ran.stdout}${ran.stderr}`)
    assert.match(ran.stdout + ran.stderr, /comes from \.env, WECOM_PUSH_KEY from environment.*--gateway http/)
  }
  assert.equal((await blank(bench, ["status", "msg_1", "--key", "wp_flag"], { env: {} })).code, 2)
  assert.deepEqual(other.heard, [])
})

test("a gateway's key and address both from .env are used", async () => {
  await using bench = await startGatewayBench()
  await bench.file(".env", `WECOM_PUSH_URL=${bench.gateway.url}\nWECOM_PUSH_KEY=${adminKey}\n`)
  const ran = await bench.run(send, { env: { WECOM_PUSH_URL: "", WECOM_PUSH_KEY: "" } })
  assert.equal(ran.code, 0, ran.stderr)
})

// proves 11.S3: addresses and secrets
test("an app's secret from the environment or a flag is not handed to a gateway that .env names", async () => {
  await using bench = await startBench()
  await using other = await stranger()
  await bench.file(".env", `WECOM_PUSH_URL=${other.url}\nWECOM_PUSH_KEY=wp_x\n`)
  await bench.file("secret.txt", secret)
  const add = ["apps", "add", "alerts", "--json"]
  const added = await blank(bench, add, { env: { ...corp, WECOM_APP_SECRET: secret }, realTime: true })
  assert.deepEqual([added.code, faultPaths(added)], [2, ["WECOM_PUSH_URL"]])
  for (const flag of ["--secret-file", "--callback-token-file", "--aes-key-file"]) {
    const argv = ["apps", "set", "alerts", "--json", flag, "secret.txt"]
    const set = await blank(bench, argv, { realTime: true })
    assert.deepEqual([set.code, faultPaths(set).includes("WECOM_PUSH_URL")], [2, true], flag)
  }
  assert.deepEqual(other.heard, [])
})

// proves 11.S3: addresses and secrets
test("a proxy from .env hears the name of a host over https, nothing over http, and never a secret", async () => {
  await using bench = await startBench()
  await using other = await stranger()
  await bench.file(".env", `HTTPS_PROXY=${other.url}\n`)
  const env = { ...corp, WECOM_APP_SECRET: secret, WECOM_API_BASE_URL: "http://wecom.invalid" }
  const argv = ["doctor", "--json"]
  assert.equal((await blank(bench, argv, { env })).code, 3)
  const gateway = { WECOM_PUSH_URL: "http://push.invalid", WECOM_PUSH_KEY: secret }
  assert.equal((await blank(bench, argv, { env: gateway })).code, 3)
  assert.deepEqual(other.heard, [])
  assert.equal((await blank(bench, argv, { env: { ...env, WECOM_API_BASE_URL: "https://wecom.invalid" } })).code, 3)
  const said = other.heard.join("\n")
  assert.match(said, /^CONNECT wecom\.invalid:443/)
  assert.ok(!said.includes(secret))
})

// proves 11.S3: addresses and secrets
test("doctor shows where both come from, and that they do not go together", async () => {
  await using bench = await startBench()
  await bench.file(".env", `WECOM_API_BASE_URL=${bench.url}\n`)
  const { code, json } = await blank(bench, ["doctor", "--json"], { env: { ...corp, WECOM_APP_SECRET: secret } })
  assert.equal(code, 2)
  const told = json["settings"] as { setting: string; source: string }[]
  const sourceOf = (name: string): string | undefined => told.find(({ setting }) => setting === name)?.source
  assert.deepEqual([sourceOf("app_secret"), sourceOf("api_base_url")], ["environment", ".env"])
  assert.match(json.error?.faults[0]?.message ?? "", /from \.env, WECOM_APP_SECRET from environment/)
  assert.deepEqual(await bench.calls("gettoken"), [])
})

// proves 11.S3: addresses and secrets
test("serve starts with no address from a weaker place than the app's secret or the master key", async () => {
  await using bench = await startBench()
  await bench.file(".env", `WECOM_API_BASE_URL=${bench.url}\n`)
  for (const [name, env] of [
    ["WECOM_APP_SECRET", { ...corp, WECOM_APP_SECRET: secret }],
    ["WECOM_PUSH_MASTER_KEY", { WECOM_PUSH_MASTER_KEY: "0".repeat(64) }],
  ] as const) {
    const ran = await blank(bench, ["serve", "--port", "0", "--json"], { env, signal: AbortSignal.abort() })
    assert.equal(ran.code, 2, ran.stdout + ran.stderr)
    assert.match(ran.json.error?.faults[0]?.message ?? "", new RegExp(`from \\.env, ${name} from environment`))
    assert.doesNotMatch(ran.stdout, /--base-url/)
  }
  assert.deepEqual(await bench.calls("gettoken"), [])
})
